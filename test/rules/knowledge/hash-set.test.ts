import fc from "fast-check";
import { expect, test } from "vitest";
import {
  addHash,
  countCommon,
  countHashes,
  difference,
  emptySet,
  type HashSet,
  hasHash,
  indexesOf,
  intersection,
  setOfBytes,
  union,
} from "../../../rules/knowledge/hash-set.ts";

const SIZE = 83;
const members = fc.uniqueArray(fc.nat(SIZE - 1));

function setOf(indexes: readonly number[], size: number = SIZE): HashSet {
  const set = emptySet(size);
  for (const index of indexes) addHash(set, index);
  return set;
}

test("a set has exactly the hashes that were added", () => {
  fc.assert(
    fc.property(members, (indexes) => {
      const set = setOf(indexes);
      expect(indexesOf(set)).toEqual([...indexes].sort((a, b) => a - b));
      expect(countHashes(set)).toBe(indexes.length);
      for (let i = 0; i < SIZE; i++) expect(hasHash(set, i)).toBe(indexes.includes(i));
    }),
  );
});

test("intersection and difference share a set out", () => {
  fc.assert(
    fc.property(members, members, (a, b) => {
      const [left, right] = [setOf(a), setOf(b)];
      const common = indexesOf(left).filter((i) => b.includes(i));
      expect(indexesOf(intersection(left, right))).toEqual(common);
      expect(countCommon(left, right)).toBe(common.length);
      expect(indexesOf(difference(left, right))).toEqual(indexesOf(left).filter((i) => !b.includes(i)));
    }),
  );
});

test("a union has what either set has, whichever is longer", () => {
  fc.assert(
    fc.property(members, members, (a, b) => {
      const all = [...new Set([...a, ...b])].sort((x, y) => x - y);
      expect(indexesOf(union(setOf(a), setOf(b)))).toEqual(all);
    }),
  );
  expect(indexesOf(union(setOf([1, 7], 8), setOf([1, 40], 48)))).toEqual([1, 7, 40]);
  expect(indexesOf(union(setOf([1, 40], 48), setOf([1, 7], 8)))).toEqual([1, 7, 40]);
});

test("a set of a shorter table lacks what a longer one added", () => {
  const short = setOf([1, 7], 8);
  const long = setOf([1, 40], 48);
  expect(countCommon(short, long)).toBe(1);
  expect(hasHash(short, 40)).toBe(false);
  expect(indexesOf(difference(long, short))).toEqual([40]);
  expect(indexesOf(intersection(long, short))).toEqual([1]);
});

test("a stored set is little endian on every machine", () => {
  expect(indexesOf(setOfBytes(Uint8Array.of(0x01, 0x80, 0, 0x80, 0x02, 0, 0, 0)))).toEqual([0, 15, 31, 33]);
});
