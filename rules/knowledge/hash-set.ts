/**
 * Sets of hashes of one DbxTable, one bit each: bit i & 31 (the lowest is 0) of word i >> 5 stands for hash i. A set that
 * ends early lacks what comes after, so sets of the built-in table stay valid in a table that a reference has made longer.
 */
import { viewOf } from "../../parsers/bytes.ts";

export type HashSet = Int32Array;

export function emptySet(hashCount: number): HashSet {
  return new Int32Array((hashCount + 31) >> 5);
}

/** A set as it is stored: little endian, a whole number of words. */
export function setOfBytes(bytes: Uint8Array): HashSet {
  const view = viewOf(bytes);
  return Int32Array.from({ length: bytes.length >> 2 }, (_, word) => view.getInt32(4 * word, true));
}

export function hasHash(set: HashSet, index: number): boolean {
  return (((set[index >> 5] ?? 0) >>> (index & 31)) & 1) === 1;
}

/** The one change of a set; only who makes a set calls it, before handing it out. */
export function addHash(set: HashSet, index: number): void {
  set[index >> 5] = (set[index >> 5] ?? 0) | (1 << (index & 31));
}

export function union(a: HashSet, b: HashSet): HashSet {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  const set = long.slice();
  for (let i = 0; i < short.length; i++) set[i] = long[i]! | short[i]!;
  return set;
}

export function intersection(a: HashSet, b: HashSet): HashSet {
  const set = new Int32Array(a.length);
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) set[i] = a[i]! & b[i]!;
  return set;
}

/** What `a` has and `b` lacks. */
export function difference(a: HashSet, b: HashSet): HashSet {
  const set = a.slice();
  const common = Math.min(a.length, b.length);
  for (let i = 0; i < common; i++) set[i] = a[i]! & ~b[i]!;
  return set;
}

export function countHashes(set: HashSet): number {
  let count = 0;
  for (let i = 0; i < set.length; i++) count += bitsOf(set[i]!);
  return count;
}

/** Size of the intersection, which is not made. */
export function countCommon(a: HashSet, b: HashSet): number {
  const length = Math.min(a.length, b.length);
  let count = 0;
  for (let i = 0; i < length; i++) count += bitsOf(a[i]! & b[i]!);
  return count;
}

/** Indexes in ascending order. */
export function indexesOf(set: HashSet): readonly number[] {
  const indexes: number[] = [];
  set.forEach((word, i) => {
    for (let bit = 0; bit < 32; bit++) if (((word >>> bit) & 1) === 1) indexes.push(32 * i + bit);
  });
  return indexes;
}

/** Ones in a word, added up in pairs, nibbles and bytes. */
function bitsOf(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const nibbles = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((nibbles + (nibbles >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
