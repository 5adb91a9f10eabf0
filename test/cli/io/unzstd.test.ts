import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unzstd } from "../../../library/unpack/unzstd.ts";
import { concatBytes } from "../../../parsers/bytes.ts";
import { noise } from "../../builders/blob.ts";
import { drain, Pieces } from "../../builders/streams.ts";
import {
  COMPRESSED_BLOCK,
  rawBlock,
  runBlock,
  sampleText,
  skippableFrame,
  zstdFrame,
  zstdHeader,
  zstdStored,
} from "../../builders/zstd.ts";

/** `zstd -19` 1.5.4 of sampleText(3000), from a pipe: Huffman trees, three FSE tables, matches, a checksum. */
const REAL_FRAME = new Uint8Array(
  Buffer.from(
    "KLUv/QRoxRQA0g4pGmBP2p9YP8WNvBm6BUPMQ+ylLUmmHLCAIBwHCXSWrjfi7xL6i9K2TbutaGmGiDZVjyxvO6P++71MlokSIrWsR+MV" +
      "3RohlKfW9QzZfGZNRfQZk/6ZR8S7PaKtWmqpf3qb0qr5/u7dUuu2atkprQMKxqDW0k142DAPC+SodS6IxJk0kMiFOUxDmRweC4bk" +
      "DBhK41ABCM6gYRAOxiE4irvYUQTDKgSA+ajxDrH2vwMgRGCMYlXmAREwHEWcsQJHjJLRFBQybQbw8hj9lkSEozF34uYibc0fJoOO" +
      "VgaVv8rZUJoLP2JQnjT50QqP/hsSt0+Te1Ub46cqigfS5zoAZN6GyPQixfpudcogM5TtQu3iGCiNEMRZSKhVMCUcFqtoVnVdVVPz" +
      "qYpKknA8x+ydYoU14zGz4gBSJ3Bd7lsYnUTdTgEYtT54bXJa53Q4oWgyLo9UH3AHeJ0Qhw084xPMCOFxHCaTbyirMuSRMj1FnVqQ" +
      "4cu4AAWneiwQlCy7Iw4X0uu892HTehwdYIyYaH00cBUVLqTEfWZ8UZ7htPyLb0JnlabY4Q5eADyjfZaJ4CohT/403FJMhCAp4M9Q" +
      "IX/5pI3sAY7OVXwtt1UD1oq4rO4/siGXjiYJT5VyZQXl3hBEtoG639KDgsGcgwhTsbXOwMGtRAytl42ZsdWJS9NkR5XokuI3C1M7" +
      "5k0JN6c/pgiqO23HGfZdqY5z6EjRLixeZ8xP2MpeSh3+R2K7EWQCX+bx3lr/4xN1mLPqa48mhrws2w/2nUDUsoCp/+/7+HRhFHgr" +
      "vCDNrrJrPfGQIGk4L7jTsOx6X/XsNqKHmjLjQ5OXpm2MWZMWSQDc8xwalPyHnM/3xZnNWEz4CX/ZxZwkwyDAkHlnqMI6qw9ZUBk=",
    "base64",
  ),
);

const hasZstd = spawnSync("zstd", ["--version"]).status === 0;

async function codeOf(frame: Uint8Array): Promise<string | undefined> {
  return (await drain(unzstd(new Pieces(frame)))).error?.code;
}

/** Bits from the lowest of the first byte on. */
function packed(...fields: readonly (readonly [value: number, bits: number])[]): Uint8Array {
  const bits = fields.flatMap(([value, width]) => Array.from({ length: width }, (_, i) => (value >> i) & 1));
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  for (const [i, bit] of bits.entries()) bytes[i >> 3] = bytes[i >> 3]! | (bit << (i & 7));
  return bytes;
}

describe("unzstd", () => {
  it.each([1, 7, 65_536])("gives the content of a real frame that comes %i bytes at a time", async (size) => {
    const { bytes, error } = await drain(unzstd(new Pieces(REAL_FRAME, size)));
    expect(error).toBeNull();
    expect(bytes).toEqual(sampleText(3000));
  });

  it("reads stored content and runs", async () => {
    const content = noise(300_000, 1);
    const stored = await drain(unzstd(new Pieces(zstdStored(content))));
    expect(Buffer.compare(stored.bytes, content)).toBe(0);
    const run = await drain(unzstd(new Pieces(zstdFrame([runBlock(7, 100_000)]))));
    expect(Buffer.compare(run.bytes, new Uint8Array(100_000).fill(7))).toBe(0);
  });

  it("reads several frames in a row and leaves skippable ones out", async () => {
    const frames = [
      skippableFrame(noise(70_000, 2)),
      REAL_FRAME,
      skippableFrame(new Uint8Array(0)),
      REAL_FRAME,
    ];
    const { bytes, error } = await drain(unzstd(new Pieces(concatBytes(frames))));
    expect(error).toBeNull();
    expect(bytes).toEqual(concatBytes([sampleText(3000), sampleText(3000)]));
  });

  it("asks for no more input than the output that is taken needs", async () => {
    const source = new Pieces(zstdStored(noise(1_000_000, 3)), 1000);
    for await (const part of unzstd(source)) {
      expect(part).toHaveLength(131_072);
      break;
    }
    expect(source.given).toBeLessThan(135_000);
    expect(source.isClosed).toBe(true);
  });

  it("tells of every cut, after the blocks before it", async () => {
    const frame = zstdFrame([rawBlock(noise(50, 4)), rawBlock(noise(60, 5))]);
    for (let length = 1; length < frame.length; length++) {
      const { bytes, error } = await drain(unzstd(new Pieces(frame.subarray(0, length))));
      expect(error?.code).toBe("truncated");
      expect(bytes).toHaveLength(length < 6 + 3 + 50 ? 0 : 50);
    }
    for (let length = 1; length < REAL_FRAME.length; length++) {
      expect(await codeOf(REAL_FRAME.subarray(0, length))).toBe("truncated");
    }
  });

  it("sees by the checksum what no other check sees, and says where", async () => {
    const damaged = REAL_FRAME.slice();
    damaged[damaged.length - 1] = damaged[damaged.length - 1]! ^ 1;
    const { error } = await drain(unzstd(new Pieces(damaged)));
    expect(error).toMatchObject({ code: "corrupt-compression", offset: 673 });
    expect(error?.expected).toContain("checksum");
  });

  it("gives the right content or an error for a frame with any byte changed", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: REAL_FRAME.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, change) => {
          const damaged = REAL_FRAME.slice();
          damaged[at] = damaged[at]! ^ change;
          const { bytes, error } = await drain(unzstd(new Pieces(damaged)));
          // Without the flag of the checksum its four bytes are no frame; the window may be any that suffices.
          if (error === null) expect(bytes).toEqual(sampleText(3000));
        },
      ),
      { numRuns: 2000 },
    );
  });

  it("survives any content of a compressed block", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 2, maxLength: 300 }), async (content) => {
        const frame = zstdFrame([{ type: COMPRESSED_BLOCK, content }]);
        expect(["corrupt-compression", undefined]).toContain(await codeOf(frame));
      }),
      { numRuns: 2000 },
    );
  });

  it("says what follows the last frame, if it is no frame", async () => {
    const { bytes, error } = await drain(unzstd(new Pieces(concatBytes([REAL_FRAME, noise(20, 6)]))));
    expect(bytes).toEqual(sampleText(3000));
    expect(error).toMatchObject({ code: "corrupt-compression", offset: REAL_FRAME.length });
  });

  it("compares the content with the size that the header tells", async () => {
    const announcing = (size: number): Uint8Array => Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x20, size);
    const frame = (size: number): Uint8Array =>
      zstdFrame([rawBlock(noise(5, 7)), rawBlock(noise(5, 8))], announcing(size));
    expect(await codeOf(frame(10))).toBeUndefined();
    expect(await codeOf(frame(9))).toBe("corrupt-compression");
    expect(await codeOf(frame(11))).toBe("corrupt-compression");
  });

  it.skipIf(!hasZstd)(
    "reads what zstd makes at every level, with long distances and without checksum",
    async () => {
      const content = concatBytes([sampleText(400_000), noise(200_000, 9), sampleText(400_000)]);
      for (const options of [
        ["-1"],
        ["-3"],
        ["-9"],
        ["-19"],
        ["--fast=5"],
        ["--long=27"],
        ["--no-check", "-5"],
      ]) {
        const { stdout } = spawnSync("zstd", ["-q", "-c", ...options], { input: content });
        const { bytes, error } = await drain(unzstd(new Pieces(stdout)));
        expect(error).toBeNull();
        expect(Buffer.compare(bytes, content)).toBe(0);
      }
    },
  );
});

describe("unzstd of hostile frames", () => {
  it("ends a bomb of runs once its output is out of proportion", async () => {
    const bomb = zstdFrame(Array.from({ length: 10_000 }, () => runBlock(0, 131_072)));
    const source = new Pieces(bomb, 64);
    const { bytes, error } = await drain(unzstd(source));
    expect(error).toMatchObject({ code: "over-limit" });
    expect(error?.message).toContain("decompression bomb");
    expect(bytes.length).toBeLessThanOrEqual(4_194_304);
    expect(source.given).toBeLessThan(300);
  });

  it("refuses a skippable frame that would take gigabytes to pass, and does not read it", async () => {
    const source = new Pieces(skippableFrame(new Uint8Array(200_000), 0xffffffff), 1000);
    const { error } = await drain(unzstd(source));
    expect(error?.code).toBe("over-limit");
    expect(source.given).toBe(1000);
  });

  it("allocates by output, not by the window that is asked for", async () => {
    const before = process.memoryUsage().arrayBuffers;
    const stream = unzstd(
      new Pieces(zstdFrame([rawBlock(noise(10, 10)), rawBlock(noise(10, 11))], zstdHeader(17))),
    );
    await stream.next();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4_194_304);
    await stream.return();
  });

  it("ends Huffman weights whose only symbol takes no bits", async () => {
    // FSE table of accuracy 5 in which symbol 0 has all 32 states: the state never leaves itself.
    const weights = concatBytes([packed([0, 4], [63, 6]), Uint8Array.of(0, 0, 0x80)]);
    const tree = concatBytes([Uint8Array.of(weights.length), weights, new Uint8Array(6).fill(1)]);
    const content = concatBytes([
      packed([2, 2], [0, 2], [10, 10], [tree.length, 10]),
      tree,
      new Uint8Array(1),
    ]);
    const { error } = await drain(unzstd(new Pieces(zstdFrame([{ type: COMPRESSED_BLOCK, content }]))));
    expect(error).toMatchObject({ code: "corrupt-compression", offset: 6 });
    expect(error?.expected).toContain("255 Huffman weights");
  });

  it("ends sequences that would write far past their block at the first one", async () => {
    // 43000 sequences of one match code, 131074 bytes each; all tables are of one symbol.
    const sequences = packed([255, 8], [43_000 - 0x7f00, 16], [0b0101_0100, 8], [0, 8], [0, 8], [52, 8]);
    const content = concatBytes([
      new Uint8Array(1),
      sequences,
      new Uint8Array(86_000).fill(0xff),
      Uint8Array.of(1),
    ]);
    const started = performance.now();
    const { error } = await drain(unzstd(new Pieces(zstdFrame([{ type: COMPRESSED_BLOCK, content }]))));
    expect(error).toMatchObject({ code: "corrupt-compression" });
    expect(error?.expected).toContain("size of a block");
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it("refuses a match from before the first byte", async () => {
    // No literals, one sequence of the predefined codes: whatever its offset, nothing stands before it.
    const content = Uint8Array.of(0, 1, 0b0101_0100, 0, 2, 0, 0b0000_0101);
    const { error } = await drain(unzstd(new Pieces(zstdFrame([{ type: COMPRESSED_BLOCK, content }]))));
    expect(error).toMatchObject({ code: "corrupt-compression" });
    expect(error?.expected).toContain("within the history");
  });
});
