/**
 * Which entries of a signature database hold the same data. A dbx has a thousand entries and is looked at in
 * every analysis, so this is a hash table over offsets, not a map of texts.
 */
import { viewOf } from "../bytes.ts";
import { type EfiSignatureList, SIGNATURE_OWNER_BYTES, type SignatureDatabase } from "./signature-list.ts";

export interface SignatureIndex {
  readonly count: number;
  /** For entry i, in order of the data: its offset, and the list that it stands in. */
  readonly offsets: Int32Array;
  readonly lists: Int32Array;
  /** For entry i: the first entry with the same type, size and data; i itself where there is none before. */
  readonly firstWithSameData: Int32Array;
  /** Entries that are not the first with their data. */
  readonly repeated: number;
}

/** Different entries that are met at the place of each, on average; random ones meet fewer than one. */
const MAX_STEPS_PER_ENTRY = 8;
/** A power of two. */
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
  for (const [listIndex, { firstSignature, signatureSize, signatureCount }] of lists.entries()) {
    listOf.fill(listIndex, filled, filled + signatureCount);
    const end = firstSignature + signatureCount * signatureSize;
    for (let offset = firstSignature; offset < end; offset += signatureSize) offsets[filled++] = offset;
  }
  const places = { count, offsets, lists: listOf, firstWithSameData: new Int32Array(count) };
  const repeated = fillFirst(database, places, viewOf(data), coefficients(seed));
  return { ...places, repeated };
}

type Places = Omit<SignatureIndex, "repeated">;

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

/** Where the data of an entry begins, and its length. */
interface EntryData {
  readonly view: DataView;
  start: number;
  length: number;
}

type Hash = (data: EntryData, factors: Int32Array) => number;

/** Gives the number of entries that are not the first with their data. */
function fillFirst(database: SignatureDatabase, places: Places, view: DataView, factors: Int32Array): number {
  // Three words tell nearly all data apart; only what was made to look alike needs a look at all of it.
  return (
    fillBy(sampledHash, database, places, view, factors) ??
    fillBy(wholeHash, database, places, view, factors) ??
    0
  );
}

/** Null where too many different entries have the same hash; `wholeHash` is taken as it is. */
function fillBy(
  hash: Hash,
  { lists }: SignatureDatabase,
  { count, offsets, lists: listOf, firstWithSameData }: Places,
  view: DataView,
  factors: Int32Array,
): number | null {
  let capacity = 16;
  while (capacity < 2 * count) capacity *= 2;
  const mask = capacity - 1;
  const slots = emptySlots(capacity);
  const data: EntryData = { view, start: 0, length: 0 };
  let stepsLeft = hash === wholeHash ? Number.POSITIVE_INFINITY : MAX_STEPS_PER_ENTRY * (count + 1);
  let repeated = 0;
  let entry = 0;
  for (const list of lists) {
    data.length = list.signatureSize - SIGNATURE_OWNER_BYTES;
    for (const end = entry + list.signatureCount; entry < end; entry++) {
      data.start = offsets[entry]! + SIGNATURE_OWNER_BYTES;
      let slot = hash(data, factors) & mask;
      let first = slots[slot]!;
      while (first >= 0 && !isSame(data, list, offsets[first]!, lists[listOf[first]!]!)) {
        if (--stepsLeft < 0) return null;
        slot = (slot + 1) & mask;
        first = slots[slot]!;
      }
      if (first < 0) slots[slot] = first = entry;
      else repeated++;
      firstWithSameData[entry] = first;
    }
  }
  return repeated;
}

/** Of a dbx that loads; good until the next index is made. */
const usualSlots = new Int32Array(4096);

function emptySlots(capacity: number): Int32Array {
  return capacity > usualSlots.length ? new Int32Array(capacity).fill(-1) : usualSlots.fill(-1, 0, capacity);
}

/** Whether the entry at `offset` has the same type, size and data. */
function isSame(data: EntryData, list: EfiSignatureList, offset: number, other: EfiSignatureList): boolean {
  const alike =
    list === other ||
    (list.signatureSize === other.signatureSize && list.signatureType === other.signatureType);
  return alike && sameData(data, offset + SIGNATURE_OWNER_BYTES);
}

/** The first word, the last, and one between; less than a word is taken whole. */
function sampledHash(data: EntryData, factors: Int32Array): number {
  const { view, start, length } = data;
  if (length < 4) return wholeHash(data, factors);
  const first = view.getInt32(start, true);
  const last = view.getInt32(start + length - 4, true);
  const middle = view.getInt32(start + ((length >> 1) & ~3), true);
  const sum = (Math.imul(length ^ first, factors[0]!) + Math.imul(middle, factors[1]!)) | 0;
  return mixed((sum + Math.imul(last ^ (last >>> 15), factors[2]!)) | 0);
}

/** Multilinear over 32-bit words; the high bits are the well-mixed ones. */
function wholeHash({ view, start, length }: EntryData, factors: Int32Array): number {
  const end = start + length;
  let sum = Math.imul(length, factors[0]!);
  let word = 1;
  let at = start;
  for (; at + 4 <= end; at += 4, word++) {
    const value = view.getInt32(at, true);
    sum = (sum + Math.imul(value ^ (value >>> 15), factors[word & (COEFFICIENTS - 1)]!)) | 0;
  }
  for (; at < end; at++) sum = (Math.imul(sum, 31) + view.getUint8(at)) | 0;
  return mixed(sum);
}

function mixed(sum: number): number {
  return sum ^ (sum >>> 15);
}

function sameData({ view, start, length }: EntryData, other: number): boolean {
  let at = 0;
  for (; at + 4 <= length; at += 4) if (view.getInt32(start + at) !== view.getInt32(other + at)) return false;
  for (; at < length; at++) if (view.getUint8(start + at) !== view.getUint8(other + at)) return false;
  return true;
}
