import { describe, expect, test } from "vitest";
import {
  buildUnsignedAuth,
  EFI_CERT_TYPE_PKCS7_GUID,
  isUpdateHeader,
  readAuthHeader,
  signedContent,
} from "../../../parsers/efi/auth-header.ts";
import { char16Bytes } from "../../../parsers/efi/char16.ts";
import { makeTime } from "../../builders/blob.ts";

const TIME = makeTime(2026, 6, 15, 9, 30);

describe("the header of an authenticated write", () => {
  test("without a signature puts the payload at byte 40", () => {
    const data = buildUnsignedAuth(TIME, Uint8Array.of(7));
    expect([...data.subarray(16, 24)]).toEqual([24, 0, 0, 0, 0x00, 0x02, 0xf1, 0x0e]);
    expect(readAuthHeader(data)).toEqual({
      timestamp: TIME,
      certificateType: 0x0ef1,
      certType: EFI_CERT_TYPE_PKCS7_GUID,
      payloadOffset: 40,
    });
  });

  test("needs 40 bytes, and keeps a length that is wrong", () => {
    const data = buildUnsignedAuth(TIME, new Uint8Array(0));
    expect(readAuthHeader(data.subarray(0, 39))).toBeNull();
    data.fill(0xff, 16, 20);
    expect(readAuthHeader(data)?.payloadOffset).toBe(0xffff_ffff + 16);
    data.fill(0, 16, 20);
    expect(readAuthHeader(data)?.payloadOffset).toBe(16);
  });
});

test("what is signed is name, GUID, attributes, time and payload without anything between", () => {
  const content = signedContent({
    nameBytes: char16Bytes("db"),
    vendorGuid: "00112233-4455-6677-8899-aabbccddeeff",
    attributes: 0x67,
    timestamp: TIME,
    payload: Uint8Array.of(1, 2),
  });
  expect(Buffer.from(content).toString("hex")).toBe(
    `64006200${"33221100554477668899aabbccddeeff"}67000000${Buffer.from(TIME).toString("hex")}0102`,
  );
});

describe("bytes that begin as a signed write does", () => {
  const good = buildUnsignedAuth(TIME, Uint8Array.of(7));
  const changed = (at: number, value: number): Uint8Array => good.map((byte, i) => (i === at ? value : byte));

  test("are told by their time and by the constants behind it", () => {
    expect(isUpdateHeader(good)).toBe(true);
    expect(isUpdateHeader(buildUnsignedAuth(new Uint8Array(16), new Uint8Array(0)))).toBe(true);
    expect(isUpdateHeader(changed(16, 99))).toBe(true);
  });

  test.each([
    ["a 13th month", changed(2, 13)],
    ["a 32nd day", changed(3, 32)],
    ["a 24th hour", changed(4, 24)],
    ["a 60th minute", changed(5, 60)],
    ["a 60th second", changed(6, 60)],
    ["another revision", changed(20, 1)],
    ["another type", changed(22, 0xf0)],
    ["another GUID", changed(24, 0)],
    ["a cut header", good.subarray(0, 39)],
  ])("are something else with %s", (_, bytes) => {
    expect(isUpdateHeader(bytes)).toBe(false);
  });
});
