import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { bunzip2 } from "../../../library/unpack/bunzip2.ts";
import { concatBytes } from "../../../parsers/bytes.ts";
import { noise } from "../../builders/blob.ts";
import { bzip2 } from "../../builders/bug-report.ts";
import { drain, Pieces } from "../../builders/streams.ts";
import { sampleText } from "../../builders/zstd.ts";

/** `bzip2 -9` 1.0.8 of sampleText(300), and of nothing. */
const REAL = new Uint8Array(
  Buffer.from(
    "QlpoOTFBWSZTWW9Wc4sAADufgEAA+vUgAxEAN6ffwDAAtYIyoGjCZBoAABqnmkgANAAABFSh5Q0yNNGgMnpHlJ6R8O8mQMKiGQuKgMVY" +
      "KrkLulSHNxLPgD5QIMRLFQfNBbFo1VTwjRIQKBWShKGKDCIJIJB6ycYbBgtkE7DRJzHIYjbRLkiMgzGQYhek6TTWOY6VCob3T4G0S+oR" +
      "wDhVKVSQYJQIWB/F3JFOFCQb1ZziwA==",
    "base64",
  ),
);
const EMPTY = new Uint8Array(Buffer.from("QlpoORdyRThQkAAAAAA=", "base64"));
const LENGTH = 300;

const hasBzip2 = bzip2(new Uint8Array(0)) !== null;

function unpacked(bytes: Uint8Array, size?: number) {
  return drain(bunzip2(new Pieces(bytes, size)));
}

describe("bunzip2", () => {
  it.each([1, 7, 65_536])("gives the content of a real file that comes %i bytes at a time", async (size) => {
    const { bytes, error } = await unpacked(REAL, size);
    expect(error).toBeNull();
    expect(bytes).toEqual(sampleText(LENGTH));
  });

  it("reads streams one after the other, empty ones among them, and lets pass what follows", async () => {
    const { bytes, error } = await unpacked(concatBytes([REAL, EMPTY, REAL, noise(100, 1)]));
    expect(error).toBeNull();
    expect(bytes).toEqual(concatBytes([sampleText(LENGTH), sampleText(LENGTH)]));
    expect(await unpacked(EMPTY)).toEqual({ bytes: new Uint8Array(0), error: null });
  });

  it("says of a file that is cut anywhere that it is", async () => {
    for (let length = 4; length < REAL.length; length += 3)
      expect((await unpacked(REAL.subarray(0, length))).error?.code, `${length}`).toBe("truncated");
  });

  it("gives no other content for a file in which a bit is changed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 32, max: REAL.length * 8 - 9 }), async (bit) => {
        const damaged = REAL.slice();
        damaged[bit >> 3] = damaged[bit >> 3]! ^ (0x80 >> (bit & 7));
        const { error } = await unpacked(damaged);
        expect(["corrupt-compression", "truncated"]).toContain(error?.code);
      }),
      { numRuns: 300 },
    );
  });

  it("refuses what is no stream, and a block size that there is not", async () => {
    expect((await unpacked(noise(64, 2))).error?.code).toBe("corrupt-compression");
    expect((await unpacked(Buffer.concat([Buffer.from("BZh0"), REAL.subarray(4)]))).error?.code).toBe(
      "corrupt-compression",
    );
  });

  it("ends lengths of codes that go up and down for ever", async () => {
    const magic = Array.from("BZh9", (letter) => letter.charCodeAt(0).toString(2).padStart(8, "0")).join("");
    const block = BigInt("0x314159265359").toString(2).padStart(48, "0");
    const one = `1${"0".repeat(15)}`;
    // A checksum, no randomisation, the first place; one used byte, two tables, one selector; a length of 5, and steps.
    const fields = ["0".repeat(32), "0", "0".repeat(24), one, one, "010", `${"0".repeat(14)}1`, "0", "00101"];
    const bits = [magic, block, ...fields, "1011".repeat(2000)].join("");
    const bytes = Uint8Array.from(bits.match(/.{8}/g) ?? [], (byte) => Number.parseInt(byte, 2));
    expect((await unpacked(bytes)).error?.expected).toContain("a code of 1 to 20 bits");
  });

  it.runIf(hasBzip2)("reads what bzip2 makes of texts, noise and runs of every length", async () => {
    const runs = concatBytes(Array.from({ length: 300 }, (_, i) => new Uint8Array(i).fill(i & 0xff)));
    const contents = [sampleText(40_000), noise(250_000, 3), runs, new Uint8Array(1_000_000).fill(7)];
    for (const content of contents) {
      for (const level of ["-1", "-9"] as const) {
        const { bytes, error } = await unpacked(bzip2(content, level) ?? new Uint8Array(0));
        if (content.length < 1_000_000) expect(error).toBeNull();
        if (error === null) expect(Buffer.compare(bytes, content)).toBe(0);
      }
    }
  });

  it.runIf(hasBzip2)("ends a bomb before it grows", async () => {
    const bomb = bzip2(new Uint8Array(100_000_000)) ?? new Uint8Array(0);
    const { bytes, error } = await unpacked(bomb);
    expect(bomb.length).toBeLessThan(200);
    expect(error?.found).toContain("decompression bomb");
    expect(bytes.length).toBeLessThan(5_000_000);
  });
});
