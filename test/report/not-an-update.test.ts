/** Files that people give for updates: what they are is said. */
import { describe, expect, it } from "vitest";
import { ascii } from "../../parsers/bytes.ts";
import { notAnUpdate } from "../../report/not-an-update.ts";

const DER = new Uint8Array([0x30, 0x82, 3, 0, 0x30, 0x82, 2, 0, 0xa0, 3, 2, 1, 2]);

describe("what is no update", () => {
  it.each([
    ["a certificate", DER],
    ["a certificate", ascii("-----BEGIN CERTIFICATE-----\nMII")],
    ["an NVRAM", ascii("VARS\u0002\0\0\0")],
    ["an NVRAM", ascii("VkFSUwIAAAA=")],
    ["JSON", ascii('{ "images": {} }')],
  ])("is told as %s", (what, bytes) => {
    expect(notAnUpdate(bytes)).toContain(`${what}`);
    expect(notAnUpdate(bytes)).toMatch(/no update\. An update is/);
  });

  it("says nothing of others, PKCS#7 and what is cut among them", () => {
    // RFC 2315, 7: a content info begins with its type.
    const pkcs7 = new Uint8Array([0x30, 0x82, 3, 0, 0x06, 0x09, 0x2a, 0x86, 0x48]);
    for (const bytes of [pkcs7, new Uint8Array(0), DER.subarray(0, 8), new Uint8Array(64)])
      expect(notAnUpdate(bytes)).toBeNull();
  });
});
