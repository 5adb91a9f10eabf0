/** Deflate without zlib gives what zlib gives: the same bytes up to the same cut, the same streams refused. */
import { deflateRawSync, gzipSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Deflated, InflateFault, type Inflater } from "../../library/unpack/inflater.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { nodeInflater } from "../../platform/node/inflater.ts";
import { portableInflater } from "../../platform/portable/inflater.ts";

interface Inflated {
  readonly bytes: Uint8Array;
  readonly end: "whole" | "cut" | "damaged";
}

/** Each slice costs Node a turn of its loop. */
const MAX_SLICES = 200;

async function inflated(inflater: Inflater, input: Uint8Array, wantedBytes: number): Promise<Inflated> {
  const sliceBytes = Math.max(wantedBytes, Math.ceil(input.length / MAX_SLICES));
  const pieces: Uint8Array[] = [];
  try {
    for (let at = 0; at < input.length && !inflater.isFinished; at += sliceBytes)
      pieces.push(...(await inflater.write(input.subarray(at, at + sliceBytes))));
    pieces.push(...(await inflater.finish()));
    return { bytes: concatBytes(pieces), end: "whole" };
  } catch (error) {
    if (!(error instanceof InflateFault)) throw error;
    return { bytes: concatBytes(pieces), end: error.isCut ? "cut" : "damaged" };
  } finally {
    inflater.destroy();
  }
}

async function expectSame(kind: Deflated, input: Uint8Array, sliceBytes: number): Promise<Inflated> {
  const expected = await inflated(nodeInflater(kind), input, sliceBytes);
  const found = await inflated(portableInflater(kind), input, sliceBytes);
  expect(found.end).toBe(expected.end);
  expect(Buffer.compare(found.bytes, expected.bytes)).toBe(0);
  return found;
}

/** Bytes as files have them: noise, text, and what repeats near and far. */
const contents = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      fc.string({ maxLength: 60 }).map((text) => new Uint8Array(Buffer.from(text.repeat(40)))),
      fc.tuple(fc.nat(255), fc.nat(70_000)).map(([byte, count]) => new Uint8Array(count).fill(byte)),
    ),
    { maxLength: 6 },
  )
  .map((parts) => concatBytes([...parts, ...parts]));
const settings = fc.record({
  level: fc.integer({ min: 0, max: 9 }),
  strategy: fc.constantFrom(0, 1, 2, 3, 4),
  memLevel: fc.integer({ min: 1, max: 9 }),
});
const slices = fc.constantFrom(1, 7, 100, 16_384);
const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 });

function changed(input: Uint8Array, all: readonly (readonly [number, number])[]): Uint8Array {
  const copy = input.slice();
  for (const [at, value] of all) copy[at % copy.length] = value;
  return copy;
}

describe("the portable inflater", () => {
  it("gives back what was packed, by every level and strategy", async () => {
    await fc.assert(
      fc.asyncProperty(contents, settings, slices, async (content, how, sliceBytes) => {
        const { bytes, end } = await expectSame("gzip", gzipSync(content, how), sliceBytes);
        expect([end, Buffer.compare(bytes, content)]).toEqual(["whole", 0]);
        await expectSame("deflate", deflateRawSync(content, how), sliceBytes);
      }),
      { numRuns: 60 },
    );
  });

  it("gives all that stands before a cut", async () => {
    await fc.assert(
      fc.asyncProperty(contents, settings, fc.nat(), slices, async (content, how, cut, sliceBytes) => {
        for (const [kind, packed] of [
          ["gzip", gzipSync(content, how)],
          ["deflate", deflateRawSync(content, how)],
        ] as const)
          await expectSame(kind, packed.subarray(0, cut % packed.length), sliceBytes);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses what zlib refuses", async () => {
    await fc.assert(
      fc.asyncProperty(contents, settings, changes, slices, async (content, how, all, sliceBytes) => {
        await expectSame("gzip", changed(gzipSync(content, how), all), sliceBytes);
        await expectSame("deflate", changed(deflateRawSync(content, how), all), sliceBytes);
      }),
      { numRuns: 300 },
    );
  });

  it("never takes noise for more than zlib does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), slices, (noise, sliceBytes) =>
        expectSame("deflate", noise, sliceBytes).then(() => {}),
      ),
      { numRuns: 300 },
    );
  });

  it("reads members one after the other, and lets zeros behind the last pass", async () => {
    const two = concatBytes([gzipSync("first, "), gzipSync("second")]);
    for (const tail of [[], [0], [0, 0, 7], [1], [0x1f], [0x1f, 0x8b], [0x1f, 0x8b, 8, 0]])
      for (const sliceBytes of [1, 5, two.length, two.length - 1, 16_384])
        await expectSame("gzip", concatBytes([two, Uint8Array.from(tail)]), sliceBytes);
  });

  it("reads every field of a header, and compares its checksum", async () => {
    const body = gzipSync("content").subarray(10);
    for (let flags = 0; flags < 256; flags++)
      for (const crc of [
        [0, 0],
        [0xd1, 0x9f],
      ]) {
        const head = [0x1f, 0x8b, 8, flags, 1, 2, 3, 4, 0, 3];
        if (flags & 4) head.push(2, 0, 65, 66);
        if (flags & 8) head.push(110, 0);
        if (flags & 16) head.push(99, 0);
        if (flags & 2) head.push(...crc);
        const file = concatBytes([Uint8Array.from(head), body]);
        await expectSame("gzip", file, 16_384);
        await expectSame("gzip", file.subarray(0, head.length - 1), 3);
      }
  });

  it("compares checksum and length behind the data", async () => {
    const whole = gzipSync(Buffer.alloc(1000, "a"));
    for (let back = 1; back <= 8; back++) {
      const { end } = await expectSame("gzip", changed(whole, [[whole.length - back, 0xee]]), 16_384);
      expect(end).toBe("damaged");
    }
    for (let length = 0; length < whole.length; length++)
      await expectSame("gzip", whole.subarray(0, length), 16_384);
  });
});
