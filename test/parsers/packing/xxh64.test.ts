import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { Xxh64 } from "../../../parsers/packing/xxh64.ts";

function hex(bytes: Uint8Array, pieceBytes = Math.max(1, bytes.length)): string {
  const hash = new Xxh64();
  for (let at = 0; at < bytes.length; at += pieceBytes) hash.update(bytes.subarray(at, at + pieceBytes));
  const { high, low } = hash.digest();
  return [high, low].map((half) => half.toString(16).padStart(8, "0")).join("");
}

/** The specification once more, in bigint, as an oracle. */
function oracle(bytes: Uint8Array): string {
  const [p1, p2, p3, p4, p5] = [
    0x9e3779b185ebca87n,
    0xc2b2ae3d27d4eb4fn,
    0x165667b19e3779f9n,
    0x85ebca77c2b2ae63n,
    0x27d4eb2f165667c5n,
  ];
  const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);
  const rotate = (value: bigint, by: bigint): bigint => u64((value << by) | (value >> (64n - by)));
  const round = (acc: bigint, lane: bigint): bigint => u64(rotate(u64(acc + lane * p2), 31n) * p1);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  let hash = p5;
  if (bytes.length >= 32) {
    const lanes = [u64(p1 + p2), p2, 0n, u64(-p1)];
    for (; at + 32 <= bytes.length; at += 32) {
      for (const i of [0, 1, 2, 3]) lanes[i] = round(lanes[i]!, view.getBigUint64(at + 8 * i, true));
    }
    hash = u64([1n, 7n, 12n, 18n].reduce((sum, by, i) => sum + rotate(lanes[i]!, by), 0n));
    for (const lane of lanes) hash = u64((hash ^ round(0n, lane)) * p1 + p4);
  }
  hash = u64(hash + BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) {
    hash = u64(rotate(hash ^ round(0n, view.getBigUint64(at, true)), 27n) * p1 + p4);
  }
  for (; at + 4 <= bytes.length; at += 4) {
    hash = u64(rotate(hash ^ u64(BigInt(view.getUint32(at, true)) * p1), 23n) * p2 + p3);
  }
  for (; at < bytes.length; at++) hash = u64(rotate(hash ^ u64(BigInt(bytes[at]!) * p5), 11n) * p1);
  hash = u64((hash ^ (hash >> 33n)) * p2);
  hash = u64((hash ^ (hash >> 29n)) * p3);
  return (hash ^ (hash >> 32n)).toString(16).padStart(16, "0");
}

describe("Xxh64", () => {
  it("gives the known hashes", () => {
    expect(hex(new Uint8Array(0))).toBe("ef46db3751d8e999");
    expect(hex(ascii("abc"))).toBe("44bc2cf5ad770999");
    expect(hex(new Uint8Array(1_048_576))).toBe("87d2a1b6e1163ef1");
  });

  it("agrees with the specification for every length around a stripe, however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 70 }), (bytes, piece) => {
        expect(hex(bytes, piece)).toBe(oracle(bytes));
      }),
    );
  });
});
