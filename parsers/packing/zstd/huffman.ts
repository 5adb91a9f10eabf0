/** Huffman coded literals (RFC 8878 §4.2). */
import { ReverseBits } from "./bits.ts";
import { corrupt } from "./corrupt.ts";
import { readTable } from "./fse.ts";

const MAX_CODE_BITS = 11;
const MAX_WEIGHTS_ACCURACY_LOG = 6;
/** The weight of the last symbol is not stored. */
const MAX_STORED_WEIGHTS = 255;

/** Indexed by the next `maxBits` bits: the length of the code above the 8 bits of its symbol. */
export interface HuffmanTable {
  readonly maxBits: number;
  readonly entries: Uint16Array;
}

/** Reads a tree description; `next` is where the streams begin. Throws ParseError `corrupt-compression`. */
export function readHuffmanTable(
  bytes: Uint8Array,
  start: number,
  end: number,
): { table: HuffmanTable; next: number } {
  if (start >= end) throw corrupt("a Huffman tree description", "the end of the block");
  const header = bytes[start]!;
  const isDirect = header > 127;
  const next = start + 1 + (isDirect ? (header - 126) >> 1 : header);
  if (next > end) throw corrupt(`${next - start} bytes of Huffman weights`, `${end - start} bytes`);
  const weights = isDirect
    ? directWeights(bytes, start + 1, header - 127)
    : fseWeights(bytes, start + 1, next);
  return { table: tableOf(weights), next };
}

function directWeights(bytes: Uint8Array, start: number, count: number): number[] {
  const weights: number[] = [];
  for (let i = 0; i < count; i++) {
    const pair = bytes[start + (i >> 1)]!;
    weights.push(i % 2 === 0 ? pair >> 4 : pair & 15);
  }
  return weights;
}

/** Two states take turns until the bits run out; then the other one still holds one symbol. */
function fseWeights(bytes: Uint8Array, start: number, end: number): number[] {
  const { table, next } = readTable(bytes, start, end, MAX_WEIGHTS_ACCURACY_LOG, MAX_CODE_BITS);
  const bits = new ReverseBits(bytes, next, end);
  const states: [number, number] = [bits.read(table.accuracyLog), bits.read(table.accuracyLog)];
  const weights: number[] = [];
  // A symbol that fills the table takes no bits, so that the bits alone would not end this loop.
  for (let turn: 0 | 1 = 0; weights.length <= MAX_STORED_WEIGHTS; turn = turn === 0 ? 1 : 0) {
    const state = states[turn];
    weights.push(table.symbols[state]!);
    states[turn] = table.base[state]! + bits.read(table.bits[state]!);
    if (bits.left < 0) {
      weights.push(table.symbols[states[turn === 0 ? 1 : 0]]!);
      break;
    }
  }
  if (weights.length > MAX_STORED_WEIGHTS) {
    throw corrupt(`up to ${MAX_STORED_WEIGHTS} Huffman weights`, "more");
  }
  return weights;
}

/** A symbol of weight w has a code of maxBits + 1 - w bits; the last weight completes the code. */
function tableOf(stored: readonly number[]): HuffmanTable {
  const codeSpace = (weight: number): number => (weight === 0 ? 0 : 1 << (weight - 1));
  if (stored.some((weight) => weight > MAX_CODE_BITS)) throw corrupt("Huffman weights up to 11", "more");
  const used = stored.reduce((sum, weight) => sum + codeSpace(weight), 0);
  const maxBits = 32 - Math.clz32(used);
  const left = 2 ** maxBits - used;
  if (used === 0 || maxBits > MAX_CODE_BITS || (left & (left - 1)) !== 0) {
    throw corrupt("Huffman weights of a complete code", `weights that take ${used} of ${2 ** maxBits}`);
  }
  const weights = [...stored, 32 - Math.clz32(left)];
  const entries = new Uint16Array(2 ** maxBits);
  let at = 0;
  for (let weight = 1; weight <= maxBits; weight++) {
    for (const [symbol, own] of weights.entries()) {
      if (own !== weight) continue;
      entries.fill(((maxBits + 1 - weight) << 8) | symbol, at, at + codeSpace(weight));
      at += codeSpace(weight);
    }
  }
  return { maxBits, entries };
}

/** Fills `out` from `outStart` to `outEnd` with one stream, which must end exactly there. */
export function decodeStream(
  table: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  outStart: number,
  outEnd: number,
): void {
  const { maxBits, entries } = table;
  const bits = new ReverseBits(bytes, start, end);
  for (let at = outStart; at < outEnd; at++) {
    const entry = entries[bits.peek(maxBits)]!;
    out[at] = entry;
    bits.left -= entry >> 8;
  }
  if (bits.left !== 0) throw corrupt("a Huffman stream that its literals use up", "another length");
}
