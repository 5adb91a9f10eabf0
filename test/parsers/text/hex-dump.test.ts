import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes } from "../../../parsers/bytes.ts";
import { hexDump } from "../../../parsers/formats/hex-dump.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { firstBytes, readHexDump } from "../../../parsers/text/hex-dump.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { hexDumpOf, STYLES } from "../../builders/hex-dump.ts";

const open = (text: string) => hexDump.open(ascii(text), nodePlatform);

describe.each(STYLES)("a dump by %s", (style) => {
  it("gives back every byte", () => {
    // Runs of equal bytes, so that rows repeat; the magic, because plain digits need a first row of some length.
    const run = fc
      .tuple(fc.nat(255), fc.integer({ min: 1, max: 70 }))
      .map(([byte, count]) => new Uint8Array(count).fill(byte));
    fc.assert(
      fc.property(fc.array(run, { maxLength: 12 }), (runs) => {
        const bytes = concatBytes([ascii("VARS"), new Uint8Array(28), ...runs]);
        const read = readHexDump(hexDumpOf(bytes, style));
        expect(read.error).toBeNull();
        expect(read.bytes).toEqual(bytes);
      }),
      { numRuns: 40 },
    );
  });

  it("is read below a prompt, with the line ends of Windows, and with something behind it", () => {
    const text = `[root@h ~]# show x\n${hexDumpOf(healthyBlob(), style)}\n[root@h ~]# \n`.replaceAll(
      "\n",
      "\r\n",
    );
    expect(hexDump.probe(ascii(text))).toBe(true);
    const { vms, error } = open(text);
    expect(error).toBeNull();
    expect(vms.map(({ nvram }) => nvram?.bytes)).toEqual([healthyBlob()]);
  });
});

describe("a dump that is not whole", () => {
  const lines = hexDumpOf(healthyBlob(), "xxd").split("\n");

  it("is cut where lines are missing, and says which", () => {
    const { error } = open([...lines.slice(0, 5), ...lines.slice(9)].join("\n"));
    expect(error?.code).toBe("truncated");
    expect(error?.message).toMatch(/offset 144 on line 6: lines of the dump are missing/);
  });

  it("is cut where its end is: the blob tells", () => {
    const { vms } = open(lines.slice(0, 20).join("\n"));
    expect(vms[0]?.nvram?.blob?.stop?.code).toBe("cut-record");
  });

  it("is no bomb: a row is repeated up to the limit of a blob, and no further", () => {
    const { maxBlobBytes } = PARSER_LIMITS;
    const bomb = (end: number) => `${lines[0]}\n*\n${end.toString(16).padStart(8, "0")}\n`;
    expect(readHexDump(bomb(maxBlobBytes)).bytes).toHaveLength(maxBlobBytes);
    expect(readHexDump(bomb(maxBlobBytes + 1)).error?.code).toBe("over-limit");
  });
});

describe("what is no dump of an NVRAM", () => {
  it.each([
    ["other bytes", hexDumpOf(ascii("MZ\x90\0 a program of some length"), "xxd")],
    ["prose", "The dump is on the other share.\n"],
    ["checksums", `${"0a".repeat(32)}  vm.xva\n`],
    ["a dump that begins in the middle", hexDumpOf(healthyBlob(), "xxd").split("\n").slice(4).join("\n")],
  ])("%s", (_name, text) => {
    expect(hexDump.probe(ascii(text))).toBe(false);
  });

  it("throws for no text", () => {
    fc.assert(fc.property(fc.string(), (text) => readHexDump(text).bytes.length >= 0));
    expect(firstBytes("")).toBeNull();
  });
});

describe("a line that is nearly one of xxd", () => {
  it("is none, and takes no time: it can be split into groups in one way only", () => {
    for (const digits of ["ab".repeat(400), "abcdef0123".repeat(90)])
      expect(firstBytes(`00000000: ${digits}!`)).toBeNull();
  });

  it("may have as many groups as fit on a line", () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
    expect(firstBytes(`00000000: ${digits}  ...`)).toEqual([...bytes]);
  });
});
