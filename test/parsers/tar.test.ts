import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../parsers/bytes.ts";
import { isTarHeader } from "../../parsers/tar.ts";
import { makeUstar, makeXva, tarHeader } from "../builders/tar.ts";

const MEMBER = { name: "ova.xml", bytes: ascii("<value></value>") };

describe("isTarHeader", () => {
  it("takes the exporter's header, which has no magic and 7 digits of checksum", () => {
    const block = tarHeader("ova.xml", 3042, 1_761_219_000);
    expect(block.subarray(257, 262)).toEqual(new Uint8Array(5));
    expect(new TextDecoder().decode(block.subarray(148, 156))).toBe("0006020\0");
    expect(isTarHeader(block)).toBe(true);
    expect(isTarHeader(makeXva([MEMBER]))).toBe(true);
  });

  it("takes ustar and PAX archives", async () => {
    expect(isTarHeader(await makeUstar([MEMBER]))).toBe(true);
    expect(isTarHeader(await makeUstar([MEMBER], { comment: "x" }))).toBe(true);
  });

  it("refuses a block of zeros, a short one, and one without digits", () => {
    expect(isTarHeader(new Uint8Array(512))).toBe(false);
    expect(isTarHeader(tarHeader("ova.xml", 1).subarray(0, 511))).toBe(false);
    const block = tarHeader("ova.xml", 1);
    block.set(ascii("x"), 150);
    expect(isTarHeader(block)).toBe(false);
  });

  it("sees every changed byte but those that end the checksum", () => {
    const good = tarHeader("ova.xml", 3042);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 511 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        fc.pre(at < 148 || at >= 155);
        const block = good.slice();
        block[at] = block[at]! ^ change;
        expect(isTarHeader(block)).toBe(at === 155);
      }),
    );
  });
});
