import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import {
  isTarHeader,
  namelessTarHeader,
  readTarHeader,
  resizedTarHeader,
  tarPadding,
  wholeTarName,
} from "../../../parsers/packing/tar.ts";
import { base256Size, makeUstar, makeXva, tarHeader } from "../../builders/tar.ts";

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

  it("sees every changed byte; a checksum may end with a space as well", () => {
    const good = tarHeader("ova.xml", 3042);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 511 }), fc.integer({ min: 1, max: 255 }), (at, change) => {
        fc.pre(at < 148 || at >= 155);
        const block = good.slice();
        block[at] = block[at]! ^ change;
        expect(isTarHeader(block)).toBe(at === 155 && block[at] === 0x20);
      }),
    );
  });
});

describe("readTarHeader", () => {
  it("tells name, size and type, in octal digits and in base 256", () => {
    expect(readTarHeader(tarHeader("ova.xml", 3042))).toEqual({ name: "ova.xml", size: 3042n, type: "" });
    const huge = readTarHeader(tarHeader("x", base256Size(2n ** 60n)));
    expect(huge?.size).toBe(2n ** 60n);
  });

  it("refuses what is no header, and one without a size", () => {
    expect(readTarHeader(new Uint8Array(512))).toBeNull();
    expect(readTarHeader(tarHeader("x", new Uint8Array(12)))).toBeNull();
  });
});

describe("wholeTarName", () => {
  it("puts the folder of ustar before a name, and takes nothing else for one", async () => {
    const name = `${"folder/".repeat(14)}${"x".repeat(40)}.vhd`;
    const ustar = await makeUstar([{ name, bytes: ascii("x") }]);
    const short = readTarHeader(ustar)?.name ?? "";
    expect(short.length).toBeLessThan(name.length);
    expect(wholeTarName(ustar, short)).toBe(name);
    const plain = tarHeader("a", 1);
    plain.set(ascii("not a folder"), 345);
    expect(wholeTarName(plain, "a")).toBe("a");
    plain.set(ascii("ustar  \0"), 257);
    expect(wholeTarName(plain, "a")).toBe("a");
  });
});

describe("a header for another size", () => {
  const text = (block: Uint8Array | null, start: number, end: number): string =>
    String.fromCharCode(...(block ?? new Uint8Array(0)).subarray(start, end));

  it("is the exporter's own for that size", () => {
    fc.assert(
      fc.property(fc.nat(), fc.nat(), fc.nat(), (before, after, mtime) => {
        const header = tarHeader("ova.xml", before, mtime);
        expect(resizedTarHeader(header, after)).toEqual(tarHeader("ova.xml", after, mtime));
      }),
    );
  });

  it("keeps how ustar ends its numbers", async () => {
    const header = (await makeUstar([MEMBER])).subarray(0, 512);
    const resized = resizedTarHeader(header, 0o7654321);
    expect(readTarHeader(resized ?? header)?.size).toBe(0o7654321n);
    expect(text(resized, 124, 136)).toBe("00007654321 ");
    expect(text(resized, 148, 156)).toMatch(/^[0-7]{6} \0$/);
  });

  it("keeps the spaces of old tar, and base 256 of GNU tar", () => {
    const spaces = resizedTarHeader(tarHeader("x", ascii("      1750 \0")), 0o642);
    expect(text(spaces, 124, 136)).toBe("       642 \0");
    const binary = resizedTarHeader(tarHeader("x", base256Size(5n)), 70_000);
    expect(binary).toEqual(tarHeader("x", base256Size(70_000n)));
  });

  it("takes the largest size that its digits can tell, and none above", () => {
    const header = tarHeader("x", 1);
    expect(readTarHeader(resizedTarHeader(header, 8 ** 11 - 1) ?? header)?.size).toBe(BigInt(8 ** 11 - 1));
    expect(resizedTarHeader(header, 8 ** 11)).toBeNull();
    expect(resizedTarHeader(new Uint8Array(512), 1)).toBeNull();
  });

  it("loses who wrote it, and nothing of what is read from it", async () => {
    const packed = (await makeUstar([MEMBER], undefined, "somebody")).subarray(0, 512);
    const hidden = tarHeader(`${MEMBER.name}\0somebody`, MEMBER.bytes.length);
    for (const header of [packed, hidden]) {
      const nameless = namelessTarHeader(header);
      expect(text(nameless, 0, 512)).not.toContain("somebody");
      expect(readTarHeader(nameless)).toEqual(readTarHeader(header));
      expect(text(nameless, 257, 265)).toBe(text(header, 257, 265));
    }
    const exported = tarHeader("ova.xml", 7, 1_750_000_000);
    expect(namelessTarHeader(exported)).toEqual(exported);
  });

  it("goes with padding up to the next block", () => {
    expect([0, 1, 511, 512, 513].map((size) => tarPadding(size).length)).toEqual([0, 511, 1, 0, 511]);
  });
});
