/** Finite state entropy tables (RFC 8878 §4.1). */
import { corrupt } from "./corrupt.ts";

/** Indexed by state. The next state is `base[state]` plus the value of the next `bits[state]` bits. */
export interface FseTable {
  readonly accuracyLog: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

/** A table that yields one symbol for ever and takes no bits (RLE_Mode). */
export function constantTable(symbol: number): FseTable {
  return {
    accuracyLog: 0,
    symbols: Uint8Array.of(symbol),
    bits: new Uint8Array(1),
    base: new Uint16Array(1),
  };
}

/**
 * Table of a distribution: how many of the 2^accuracyLog states each symbol has, -1 for "less than one"
 * (RFC 8878 §4.1.1). The counts must add up to the number of states, -1 counted as one.
 */
export function buildTable(counts: readonly number[], accuracyLog: number): FseTable {
  const size = 1 << accuracyLog;
  const symbols = new Uint8Array(size);
  const nextState = counts.map((count) => Math.abs(count));
  let high = size;
  for (const [symbol, count] of counts.entries()) if (count === -1) symbols[--high] = symbol;
  spread(counts, symbols, high);
  const bits = new Uint8Array(size);
  const base = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state]!;
    const next = nextState[symbol]!;
    nextState[symbol] = next + 1;
    const width = accuracyLog - highBit(next);
    bits[state] = width;
    base[state] = (next << width) - size;
  }
  return { accuracyLog, symbols, bits, base };
}

/** Lays symbols over the states below `high` in the steps that the specification fixes. */
function spread(counts: readonly number[], symbols: Uint8Array, high: number): void {
  const size = symbols.length;
  const step = (size >> 1) + (size >> 3) + 3;
  let position = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      symbols[position] = symbol;
      // `step` and `size` have no common factor, and some position below `high` is still free.
      do position = (position + step) & (size - 1);
      while (position >= high);
    }
  }
}

/**
 * Reads a table description in `bytes` from `start` on; `next` is where what follows begins. Two bytes after
 * `end` must be readable. Throws ParseError `corrupt-compression`.
 */
export function readTable(
  bytes: Uint8Array,
  start: number,
  end: number,
  maxAccuracyLog: number,
  maxSymbol: number,
): { table: FseTable; next: number } {
  let position = 8 * start;
  const read = (count: number): number => {
    const at = position >> 3;
    const value = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16);
    position += count;
    if (position > 8 * end) throw corrupt("a whole FSE table", `${end - start} bytes that end inside it`);
    return (value >>> ((position - count) & 7)) & ((1 << count) - 1);
  };
  const accuracyLog = read(4) + 5;
  if (accuracyLog > maxAccuracyLog)
    throw corrupt(`an FSE accuracy up to ${maxAccuracyLog}`, `${accuracyLog}`);
  const counts: number[] = [];
  let remaining = 1 << accuracyLog;
  while (remaining > 0) {
    const width = highBit(remaining + 1);
    const short = (1 << (width + 1)) - 2 - remaining;
    let value = read(width);
    // Values below `short` take one bit less (RFC 8878 §4.1.1).
    if (value >= short && read(1) === 1) value += (1 << width) - short;
    const count = value - 1;
    counts.push(count);
    remaining -= Math.abs(count);
    // A count of zero is followed by how many more there are; 3 means that another such number follows.
    for (let zeros = count === 0 ? 3 : 0; zeros === 3 && counts.length <= maxSymbol; ) {
      zeros = read(2);
      for (let i = 0; i < zeros; i++) counts.push(0);
    }
    if (counts.length > maxSymbol + 1) throw corrupt(`FSE symbols up to ${maxSymbol}`, "more");
  }
  return { table: buildTable(counts, accuracyLog), next: Math.ceil(position / 8) };
}

/** Index of the highest set bit; `value` is above zero. */
function highBit(value: number): number {
  return 31 - Math.clz32(value);
}
