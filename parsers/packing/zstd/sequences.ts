/** Sequences of a compressed block: copy literals, then repeat earlier output (RFC 8878 §3.1.1.3.2, §3.1.1.4). */
import { ReverseBits } from "./bits.ts";
import { corrupt } from "./corrupt.ts";
import { buildTable, constantTable, type FseTable, readTable } from "./fse.ts";
import type { Literals } from "./literals.ts";

interface CodeTables {
  readonly literalLengths: FseTable;
  readonly offsets: FseTable;
  readonly matchLengths: FseTable;
}

/** What one block leaves to the next of its frame. */
export interface SequenceState {
  tables: CodeTables | null;
  readonly repeats: [number, number, number];
}

export function initialSequenceState(): SequenceState {
  return { tables: null, repeats: [1, 4, 8] };
}

/** Where output goes: `start` is the end of the history that matches may reach back into. */
export interface Output {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly limit: number;
}

interface CodeKind {
  readonly maxSymbol: number;
  readonly maxAccuracyLog: number;
  readonly predefined: FseTable;
}

// RFC 8878 §3.1.1.3.2.2, the default distributions.
const LITERAL_LENGTHS: CodeKind = {
  maxSymbol: 35,
  maxAccuracyLog: 9,
  predefined: buildTable(
    [
      4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1,
      -1, -1,
    ],
    6,
  ),
};
const MATCH_LENGTHS: CodeKind = {
  maxSymbol: 52,
  maxAccuracyLog: 9,
  predefined: buildTable(
    [
      1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
      1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
    ],
    6,
  ),
};
const OFFSETS: CodeKind = {
  maxSymbol: 31,
  maxAccuracyLog: 8,
  predefined: buildTable(
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1],
    5,
  ),
};

// RFC 8878 §3.1.1.3.2.1.1: extra bits of each code. Each baseline is the one before plus what its bits span.
const LITERAL_LENGTH_BITS = Uint8Array.from([
  ...Array<number>(16).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
]);
const MATCH_LENGTH_BITS = Uint8Array.from([
  ...Array<number>(32).fill(0),
  ...[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
]);
const LITERAL_LENGTH_BASES = baselines(LITERAL_LENGTH_BITS, 0);
const MATCH_LENGTH_BASES = baselines(MATCH_LENGTH_BITS, 3);

function baselines(bits: Uint8Array, first: number): Uint32Array {
  let next = first;
  return Uint32Array.from(bits, (width) => {
    const base = next;
    next += 2 ** width;
    return base;
  });
}

/**
 * Runs the sequences section that follows the literals in `block` and returns where the output ends.
 * Throws ParseError `corrupt-compression` before anything is written past `output.limit` or read from
 * before the history.
 */
export function runSequences(
  block: Uint8Array,
  end: number,
  literals: Literals,
  state: SequenceState,
  output: Output,
): number {
  const { count, next } = readCount(block, literals.next, end);
  if (count === 0) {
    if (next !== end) throw corrupt("the end of a block without sequences", `${end - next} more bytes`);
    return appendLiterals(literals, 0, output, output.start);
  }
  const { tables, bitsStart } = readTables(block, next, end, state.tables);
  state.tables = tables;
  const bits = new ReverseBits(block, bitsStart, end);
  return execute(count, bits, literals, tables, state.repeats, output);
}

function readCount(block: Uint8Array, start: number, end: number): { count: number; next: number } {
  const first = start < end ? block[start]! : 0;
  const next = start + (first < 128 ? 1 : first < 255 ? 2 : 3);
  if (next > end) throw corrupt("a number of sequences", "the end of the block");
  const [second, third] = [block[start + 1]!, block[start + 2]!];
  if (first < 128) return { count: first, next };
  return { count: first < 255 ? ((first - 128) << 8) + second : second + (third << 8) + 0x7f00, next };
}

function readTables(
  block: Uint8Array,
  start: number,
  end: number,
  earlier: CodeTables | null,
): { tables: CodeTables; bitsStart: number } {
  if (start >= end) throw corrupt("compression modes of sequences", "the end of the block");
  const modes = block[start]!;
  if ((modes & 3) !== 0) throw corrupt("compression modes with reserved bits of zero", `${modes}`);
  const literalLengths = readCodeTable(
    block,
    start + 1,
    end,
    modes >> 6,
    LITERAL_LENGTHS,
    earlier?.literalLengths,
  );
  const offsets = readCodeTable(block, literalLengths.next, end, (modes >> 4) & 3, OFFSETS, earlier?.offsets);
  const matchLengths = readCodeTable(
    block,
    offsets.next,
    end,
    (modes >> 2) & 3,
    MATCH_LENGTHS,
    earlier?.matchLengths,
  );
  const tables = {
    literalLengths: literalLengths.table,
    offsets: offsets.table,
    matchLengths: matchLengths.table,
  };
  return { tables, bitsStart: matchLengths.next };
}

function readCodeTable(
  block: Uint8Array,
  next: number,
  end: number,
  mode: number,
  kind: CodeKind,
  earlier: FseTable | undefined,
): { table: FseTable; next: number } {
  if (mode === 0) return { table: kind.predefined, next };
  if (mode === 2) return readTable(block, next, end, kind.maxAccuracyLog, kind.maxSymbol);
  if (mode === 3) {
    if (earlier === undefined) throw corrupt("an FSE table before it is used again", "none");
    return { table: earlier, next };
  }
  const symbol = next < end ? block[next]! : Number.POSITIVE_INFINITY;
  if (symbol > kind.maxSymbol) throw corrupt(`a code up to ${kind.maxSymbol}`, `${symbol}`);
  return { table: constantTable(symbol), next: next + 1 };
}

function execute(
  count: number,
  bits: ReverseBits,
  literals: Literals,
  { literalLengths, offsets, matchLengths }: CodeTables,
  repeats: [number, number, number],
  output: Output,
): number {
  let literalState = bits.read(literalLengths.accuracyLog);
  let offsetState = bits.read(offsets.accuracyLog);
  let matchState = bits.read(matchLengths.accuracyLog);
  let at = output.start;
  let used = 0;
  for (let i = 0; i < count; i++) {
    const offsetCode = offsets.symbols[offsetState]!;
    const matchCode = matchLengths.symbols[matchState]!;
    const literalCode = literalLengths.symbols[literalState]!;
    const offsetValue = ((1 << offsetCode) >>> 0) + bits.read(offsetCode);
    const matchLength = MATCH_LENGTH_BASES[matchCode]! + bits.read(MATCH_LENGTH_BITS[matchCode]!);
    const literalLength = LITERAL_LENGTH_BASES[literalCode]! + bits.read(LITERAL_LENGTH_BITS[literalCode]!);
    if (i + 1 < count) {
      literalState = literalLengths.base[literalState]! + bits.read(literalLengths.bits[literalState]!);
      matchState = matchLengths.base[matchState]! + bits.read(matchLengths.bits[matchState]!);
      offsetState = offsets.base[offsetState]! + bits.read(offsets.bits[offsetState]!);
    }
    if (bits.left < 0) throw corrupt(`the bits of ${count} sequences`, `bits for ${i}`);
    if (used + literalLength > literals.length || at + literalLength + matchLength > output.limit) {
      throw corrupt("sequences within their literals and the size of a block", "one that passes them");
    }
    copyLiterals(literals.bytes, used, literalLength, output.bytes, at);
    used += literalLength;
    at += literalLength;
    const distance = distanceOf(offsetValue, literalLength, repeats);
    if (distance < 1 || distance > at) throw corrupt("a match within the history", `one ${distance} back`);
    copyMatch(output.bytes, at, distance, matchLength);
    at += matchLength;
  }
  if (bits.left !== 0) throw corrupt(`a bit stream that ${count} sequences use up`, `${bits.left} more bits`);
  return appendLiterals(literals, used, output, at);
}

/** Offset values 1 to 3 mean one of the last three distances, shifted by one after no literals. */
function distanceOf(value: number, literalLength: number, repeats: [number, number, number]): number {
  if (value > 3) {
    repeats[2] = repeats[1];
    repeats[1] = repeats[0];
    repeats[0] = value - 3;
    return repeats[0];
  }
  const index = literalLength === 0 ? value : value - 1;
  if (index === 0) return repeats[0];
  const distance = index === 1 ? repeats[1] : index === 2 ? repeats[2] : repeats[0] - 1;
  if (index > 1) repeats[2] = repeats[1];
  repeats[1] = repeats[0];
  repeats[0] = distance;
  return distance;
}

function appendLiterals(literals: Literals, used: number, output: Output, at: number): number {
  const rest = literals.length - used;
  if (at + rest > output.limit) throw corrupt("a block within its size", `${rest} literals past it`);
  copyLiterals(literals.bytes, used, rest, output.bytes, at);
  return at + rest;
}

/** Below this length a loop is faster than a call of the engine. */
const SHORT = 32;

function copyLiterals(from: Uint8Array, start: number, length: number, to: Uint8Array, at: number): void {
  if (length >= SHORT) to.set(from.subarray(start, start + length), at);
  else for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}

/** Source and target may overlap: then the bytes between them repeat. */
function copyMatch(bytes: Uint8Array, at: number, distance: number, length: number): void {
  const from = at - distance;
  if (distance === 1) bytes.fill(bytes[from]!, at, at + length);
  else if (length >= SHORT && distance >= length) bytes.copyWithin(at, from, from + length);
  else for (let i = 0; i < length; i++) bytes[at + i] = bytes[from + i]!;
}
