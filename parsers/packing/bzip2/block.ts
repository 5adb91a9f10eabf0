/** One block of a bzip2 stream (bzip2 1.0.8 decompress.c, BZ2_decompress; the format has no other description). */
import type { BitReader } from "./bit-reader.ts";
import { corruptBzip2 } from "./corrupt.ts";
import { type HuffmanTable, readTable } from "./huffman.ts";

const MIN_TABLES = 2;
const MAX_TABLES = 6;
/** Symbols that one selector stands for. */
const GROUP_SYMBOLS = 50;
/** More of them can be told, and are passed over (bzip2 1.0.8, BZ_MAX_SELECTORS). */
const MAX_SELECTORS = 18_002;
const RUN_A = 0;
const RUN_B = 1;
/** Where bzip2 stops counting a run. */
const MAX_RUN_WEIGHT = 2_097_152;

/** What a block comes to before its runs are spelt out. */
export interface Block {
  readonly crc: number;
  /** Bytes, each in the lowest eight bits; above it the place of the one that follows. */
  readonly links: Uint32Array;
  readonly length: number;
  readonly start: number;
}

/**
 * Reads what stands behind a block's magic. `links` is where it is put, and its length what a block may have. Throws
 * ParseError `corrupt-compression` and `truncated`.
 */
export function readBlock(bits: BitReader, links: Uint32Array): Block {
  const crc = bits.takeWord();
  if (bits.take(1) === 1) {
    throw corruptBzip2(
      "a block as bzip2 has written it since 1999",
      "a randomised one, of versions before 0.9.5",
    );
  }
  const origin = bits.take(24);
  const used = readUsedBytes(bits);
  const tableCount = bits.take(3);
  if (tableCount < MIN_TABLES || tableCount > MAX_TABLES)
    throw corruptBzip2(`${MIN_TABLES} to ${MAX_TABLES} tables`, `${tableCount}`);
  const selectors = readSelectors(bits, tableCount);
  const tables = Array.from({ length: tableCount }, () => readTable(bits, used.length + 2));
  bits.checkEnd();
  const counts = new Uint32Array(256);
  const length = readSymbols(bits, { used, selectors, tables }, links, counts);
  if (origin >= length) throw corruptBzip2(`a first byte among ${length}`, `${origin}`);
  linkBytes(links, length, counts);
  return { crc, links, length, start: links[origin]! >>> 8 };
}

/** Which bytes occur: a map of 16 groups, and one of each group that is used. */
function readUsedBytes(bits: BitReader): Uint8Array {
  const groups = bits.take(16);
  const used: number[] = [];
  for (let group = 0; group < 16; group++) {
    if ((groups & (0x8000 >> group)) === 0) continue;
    const map = bits.take(16);
    for (let i = 0; i < 16; i++) if ((map & (0x8000 >> i)) !== 0) used.push(group * 16 + i);
  }
  if (used.length === 0) throw corruptBzip2("a block that uses some byte", "one that uses none");
  return Uint8Array.from(used);
}

/** Which table each group of symbols is read with: the place in a list in which the last one is put in front. */
function readSelectors(bits: BitReader, tableCount: number): Uint8Array {
  const count = bits.take(15);
  if (count === 0) throw corruptBzip2("a block with selectors", "none");
  const selectors = new Uint8Array(Math.min(count, MAX_SELECTORS));
  const order = Uint8Array.from({ length: tableCount }, (_, i) => i);
  for (let i = 0; i < count; i++) {
    let place = 0;
    while (bits.take(1) === 1) {
      place++;
      if (place >= tableCount) throw corruptBzip2(`one of ${tableCount} tables`, "a higher one");
    }
    const table = moveToFront(order, place);
    if (i < selectors.length) selectors[i] = table;
  }
  return selectors;
}

function moveToFront(list: Uint8Array, place: number): number {
  const value = list[place]!;
  // Most places are low: copyWithin would take longer to be called than this loop.
  for (let i = place; i > 0; i--) list[i] = list[i - 1]!;
  list[0] = value;
  return value;
}

interface Coding {
  readonly used: Uint8Array;
  readonly selectors: Uint8Array;
  readonly tables: readonly HuffmanTable[];
}

/** Bytes as they stand sorted; how often each occurs is counted. The number of them is returned. */
function readSymbols(
  bits: BitReader,
  { used, selectors, tables }: Coding,
  sorted: Uint32Array,
  counts: Uint32Array,
): number {
  const order = used.slice();
  const end = used.length + 1;
  let length = 0;
  let run = 0;
  let weight = 1;
  for (const selector of selectors) {
    const table = tables[selector]!;
    for (let i = 0; i < GROUP_SYMBOLS; i++) {
      const symbol = table.read(bits);
      if (symbol === RUN_A || symbol === RUN_B) {
        if (weight >= MAX_RUN_WEIGHT) throw tooLong(sorted);
        run += weight << symbol;
        weight <<= 1;
        continue;
      }
      if (run > 0) {
        if (run > sorted.length - length) throw tooLong(sorted);
        sorted.fill(order[0]!, length, length + run);
        counts[order[0]!]! += run;
        length += run;
        run = 0;
        weight = 1;
      }
      if (symbol === end) {
        bits.checkEnd();
        return length;
      }
      if (length >= sorted.length) throw tooLong(sorted);
      const byte = moveToFront(order, symbol - 1);
      counts[byte]!++;
      sorted[length++] = byte;
    }
    bits.checkEnd();
  }
  throw corruptBzip2("the end of a block", "more symbols than it has selectors for");
}

function tooLong({ length }: Uint32Array): Error {
  return corruptBzip2(`a block of up to ${length} bytes`, "more");
}

/** Undoes the sorting: puts above each byte the place of its successor (Burrows and Wheeler, SRC report 124). */
function linkBytes(links: Uint32Array, length: number, counts: Uint32Array): void {
  const next = new Uint32Array(256);
  for (let byte = 1; byte < 256; byte++) next[byte] = next[byte - 1]! + counts[byte - 1]!;
  for (let i = 0; i < length; i++) {
    const byte = links[i]! & 0xff;
    const place = next[byte]!;
    next[byte] = place + 1;
    links[place] = (links[place]! | (i << 8)) >>> 0;
  }
}
