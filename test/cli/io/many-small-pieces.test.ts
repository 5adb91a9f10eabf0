/** Compressed files that are made of a million small parts: what each costs is bounded, in memory and in work. */

import { describe, expect, it } from "vitest";
import { CHUNK_BYTES, coalesced } from "../../../library/input/chunks.ts";
import { decompress } from "../../../library/unpack/decompress.ts";
import { ZstdFrame, ZstdRoom } from "../../../parsers/packing/zstd/frame.ts";
import { nodeMachine } from "../../../platform/node/machine.ts";

/** Magic, a window of 2 MiB, and a last block of no bytes. */
const EMPTY_FRAME = Buffer.from("28b52ffd0058010000", "hex");
const SKIPPABLE = Buffer.from("502a4d1800000000", "hex");
/** bzip2 1.0.8 of nothing. */
const EMPTY_BZIP2 = Buffer.from("425a683917724538509000000000", "hex");

async function* inChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.subarray(at, at + CHUNK_BYTES);
}

async function pieces(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const piece of source) all.push(piece);
  return all;
}

function repeated(bytes: Uint8Array, count: number): Uint8Array {
  const all = new Uint8Array(bytes.length * count);
  for (let i = 0; i < count; i++) all.set(bytes, i * bytes.length);
  return all;
}

/** Bytes of the buffers that are made meanwhile. */
async function made(work: () => Promise<unknown>): Promise<number> {
  const { Uint8Array: bytes, Uint32Array: words } = globalThis;
  let sum = 0;
  const counting = <T extends typeof Uint8Array | typeof Uint32Array>(type: T): T =>
    new Proxy(type, {
      construct: (target, args) => {
        if (typeof args[0] === "number") sum += args[0] * target.BYTES_PER_ELEMENT;
        return Reflect.construct(target, args);
      },
    });
  Object.assign(globalThis, { Uint8Array: counting(bytes), Uint32Array: counting(words) });
  try {
    await work();
  } finally {
    Object.assign(globalThis, { Uint8Array: bytes, Uint32Array: words });
  }
  return sum;
}

describe("300,000 parts without content", () => {
  it.each([
    ["frames", "zstd", EMPTY_FRAME],
    ["skippable frames", "zstd", SKIPPABLE],
    ["streams", "bzip2", EMPTY_BZIP2],
  ] as const)(
    "come to nothing, and each makes hardly more than itself: %s of %s",
    async (_what, kind, part) => {
      const file = repeated(part, 300_000);
      let all: Uint8Array[] = [];
      const bytes = await made(async () => {
        all = await pieces(decompress(kind, inChunks(file), nodeMachine.makeInflater));
      });
      expect(all).toEqual([]);
      expect(bytes).toBeLessThan(16 * file.length);
    },
  );
});

describe("the room of zstd frames", () => {
  it("is not made for a frame of no bytes, and used again for the next frame", () => {
    const room = new ZstdRoom();
    const header = { windowBytes: 134_217_728, contentBytes: null, hasChecksum: false };
    const empty = new ZstdFrame(header, room);
    expect(empty.decode(empty.blockHeader(Uint8Array.of(1, 0, 0)), new Uint8Array(0))).toHaveLength(0);
    expect(room.history).toHaveLength(0);
    const run = new ZstdFrame(header, room);
    run.decode(run.blockHeader(Uint8Array.of(0x0b, 0, 0)), Uint8Array.of(65));
    const { history } = room;
    const next = new ZstdFrame(header, room);
    expect(next.decode(next.blockHeader(Uint8Array.of(0x0b, 0, 0)), Uint8Array.of(66))).toEqual(
      Uint8Array.of(66),
    );
    expect(room.history).toBe(history);
  });
});

describe("short pieces", () => {
  const one = (byte: number): Uint8Array => Uint8Array.of(byte);

  it("are put together, long ones are handed on, and the order stays", async () => {
    const long = new Uint8Array(5000).fill(9);
    const source = async function* () {
      for (let i = 0; i < 100_000; i++) yield one(i);
      yield long;
      yield one(1);
    };
    const all = await pieces(coalesced(source()));
    expect(all).toHaveLength(4);
    expect(all[2]).toBe(long);
    expect(Buffer.concat(all)).toEqual(
      Buffer.concat([Uint8Array.from({ length: 100_000 }, (_, i) => i), long, one(1)]),
    );
  });

  it("come before the error that ended them", async () => {
    const source = async function* () {
      yield one(1);
      yield one(2);
      throw new Error("cut");
    };
    const seen: number[] = [];
    const read = async () => {
      for await (const piece of coalesced(source())) seen.push(...piece);
    };
    await expect(read()).rejects.toThrow("cut");
    expect(seen).toEqual([1, 2]);
  });
});
