/**
 * Which entries of a signature database hold the same data. A dbx has a thousand entries and is looked at in
 * every analysis, so this is a hash table over offsets, not a map of texts.
 */
import { viewOf } from "../bytes.ts";
import { SIGNATURE_OWNER_BYTES, type SignatureDatabase } from "./signature-list.ts";

export interface SignatureIndex {
  readonly count: number;
  /** For entry i, in order of the data: its offset, and the list that it stands in. */
  readonly offsets: Int32Array;
  readonly lists: Int32Array;
  /** For entry i: the first entry with the same type, size and data; i itself where there is none before. */
  readonly firstWithSameData: Int32Array;
}

const COEFFICIENTS = 64;

/**
 * Indexes all whole entries. `seed` is any number that the maker of an input cannot know: it keeps
 * crafted data from making every look-up collide. The result does not depend on it.
 */
export function indexSignatures(database: SignatureDatabase, seed: number): SignatureIndex {
  const { data, lists } = database;
  const count = lists.reduce((sum, list) => sum + list.signatureCount, 0);
  const offsets = new Int32Array(count);
  const listOf = new Int32Array(count);
  let filled = 0;
  lists.forEach((list, listIndex) => {
    for (let i = 0; i < list.signatureCount; i++) {
      offsets[filled] = list.firstSignature + i * list.signatureSize;
      listOf[filled++] = listIndex;
    }
  });
  const index = { count, offsets, lists: listOf, firstWithSameData: new Int32Array(count) };
  fillFirst(database, index, viewOf(data), coefficients(seed));
  return index;
}

function coefficients(seed: number): Int32Array {
  const values = new Int32Array(COEFFICIENTS);
  let state = seed | 0 || 1;
  for (let i = 0; i < COEFFICIENTS; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    values[i] = state;
  }
  return values;
}

function fillFirst(
  database: SignatureDatabase,
  index: SignatureIndex,
  view: DataView,
  factors: Int32Array,
): void {
  const { count, offsets, lists, firstWithSameData } = index;
  let capacity = 16;
  while (capacity < 2 * count) capacity *= 2;
  const slots = new Int32Array(capacity).fill(-1);
  for (let entry = 0; entry < count; entry++) {
    const size = database.lists[lists[entry]!]!.signatureSize;
    let slot =
      hash(view, offsets[entry]! + SIGNATURE_OWNER_BYTES, size - SIGNATURE_OWNER_BYTES, factors) &
      (capacity - 1);
    while (slots[slot] !== -1 && !sameData(database, index, slots[slot]!, entry, size))
      slot = (slot + 1) & (capacity - 1);
    if (slots[slot] === -1) slots[slot] = entry;
    firstWithSameData[entry] = slots[slot]!;
  }
}

/** Multilinear over 32-bit words; the high bits are the well-mixed ones. */
function hash(view: DataView, start: number, length: number, factors: Int32Array): number {
  let sum = Math.imul(length, factors[0]!);
  let word = 1;
  let at = start;
  for (; at + 4 <= start + length; at += 4, word++) {
    const value = view.getInt32(at, true);
    sum = (sum + Math.imul(value ^ (value >>> 15), factors[word % COEFFICIENTS]!)) | 0;
  }
  for (; at < start + length; at++) sum = (Math.imul(sum, 31) + view.getUint8(at)) | 0;
  return (sum ^ (sum >>> 15)) >>> 0;
}

function sameData(
  database: SignatureDatabase,
  index: SignatureIndex,
  a: number,
  b: number,
  size: number,
): boolean {
  const listA = database.lists[index.lists[a]!]!;
  const listB = database.lists[index.lists[b]!]!;
  if (listA.signatureSize !== size || listA.signatureType !== listB.signatureType) return false;
  const { data } = database;
  const startA = index.offsets[a]! + SIGNATURE_OWNER_BYTES;
  const startB = index.offsets[b]! + SIGNATURE_OWNER_BYTES;
  for (let i = 0; i < size - SIGNATURE_OWNER_BYTES; i++)
    if (data[startA + i] !== data[startB + i]) return false;
  return true;
}
