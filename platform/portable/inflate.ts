/**
 * Deflate (RFC 1951) undone in pieces: whatever the input allows is given out at once, and nothing that comes before a fault
 * or a cut is guessed. Which streams are damaged is decided as zlib does it (zlib 1.3, inflate.c, inftrees.c).
 */
import { InflateFault } from "../../library/unpack/inflater.ts";

const WINDOW_BYTES = 32_768;
const PIECE_BYTES = 65_536;
const MAX_MATCH = 258;
const CAPACITY = WINDOW_BYTES + PIECE_BYTES + MAX_MATCH;
/** A match takes at most 15 + 5 + 15 + 13 bits; with so many bytes nobody has to ask for more in the middle of one. */
const BYTES_FOR_SURE = 8;

const MAX_CODE_BITS = 15;
const END_OF_BLOCK = 256;
const MAX_LITERALS = 286;
const MAX_DISTANCES = 30;

/** In this order the lengths of the code lengths' code stand (§3.2.7). */
const LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** Smallest value and number of extra bits by symbol (§3.2.5). */
interface Ranges {
  readonly base: readonly number[];
  readonly bits: readonly number[];
}
const LENGTHS: Ranges = {
  base: [
    ...rangesOf(3, [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5]),
    258,
  ],
  bits: [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0],
};
const DISTANCE_BITS = Array.from({ length: MAX_DISTANCES }, (_, i) => (i < 4 ? 0 : (i >> 1) - 1));
const DISTANCES: Ranges = { base: rangesOf(1, DISTANCE_BITS), bits: DISTANCE_BITS };

function rangesOf(first: number, bits: readonly number[]): number[] {
  let next = first;
  return bits.map((count) => {
    const base = next;
    next += 1 << count;
    return base;
  });
}

/** By the next `bits` bits of the input: symbol << 4 | length of its code; 0 where no code begins so. */
interface Code {
  readonly table: Uint16Array;
  readonly bits: number;
}

/** Throws InflateFault for lengths that make no code. One code alone may leave the other half of the table empty. */
function makeCode(lengths: Uint8Array, mayBeSparse: boolean): Code {
  const counts = new Uint16Array(MAX_CODE_BITS + 1);
  for (const length of lengths) counts[length]!++;
  counts[0] = 0;
  const bits = counts.findLastIndex((count) => count > 0);
  let left = 1;
  for (let length = 1; length <= MAX_CODE_BITS; length++) {
    left = left * 2 - counts[length]!;
    if (left < 0) throw new InflateFault(false);
  }
  if (bits < 0) return { table: new Uint16Array(1), bits: 0 };
  if (left > 0 && !(mayBeSparse && bits === 1)) throw new InflateFault(false);
  const next = new Uint16Array(MAX_CODE_BITS + 1);
  for (let length = 1; length <= MAX_CODE_BITS; length++)
    next[length] = (next[length - 1]! + counts[length - 1]!) << 1;
  const table = new Uint16Array(1 << bits);
  for (const [symbol, length] of lengths.entries()) {
    if (length === 0) continue;
    const code = reversed(next[length]!++, length);
    for (let at = code; at < table.length; at += 1 << length) table[at] = (symbol << 4) | length;
  }
  return { table, bits };
}

/** Codes stand in the input with their first bit last. */
function reversed(code: number, length: number): number {
  let result = 0;
  for (let bit = 0; bit < length; bit++) result = (result << 1) | ((code >> bit) & 1);
  return result;
}

const FIXED_LITERALS = makeCode(
  Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)),
  false,
);
const FIXED_DISTANCES = makeCode(new Uint8Array(32).fill(5), false);

/** Thrown where the input ends within a step: it is taken back, and done again when there is more. */
const MORE_NEEDED = Symbol("more input is needed");

export class Inflate {
  /** The last block has ended. */
  isDone = false;
  #input: Uint8Array = new Uint8Array(0);
  #at = 0;
  /** Bits that were taken out of the input and not used yet, the next one lowest. */
  #hold = 0;
  #have = 0;
  readonly #output: Uint8Array = new Uint8Array(CAPACITY);
  #filled = 0;
  /** Up to here it was given out. */
  #given = 0;
  #total = 0;
  #step: "header" | "stored" | "codes" = "header";
  #isLast = false;
  #storedLeft = 0;
  #literals: Code = FIXED_LITERALS;
  #distances: Code = FIXED_DISTANCES;
  #pieces: Uint8Array[] = [];

  /** All that can be had of the input so far. Throws InflateFault for damaged data. */
  push(input: Uint8Array): readonly Uint8Array[] {
    const left = this.#input.subarray(this.#at);
    if (left.length === 0) this.#input = input;
    else {
      this.#input = new Uint8Array(left.length + input.length);
      this.#input.set(left);
      this.#input.set(input, left.length);
    }
    this.#at = 0;
    while (!this.isDone && this.#tryStep());
    this.#giveOut();
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** Input behind the last block, from the next whole byte on. */
  rest(): Uint8Array {
    return this.#input.subarray(this.#at - (this.#have >> 3));
  }

  /** False where it cannot go on without more input; then nothing of the step has happened. */
  #tryStep(): boolean {
    const [at, hold, have] = [this.#at, this.#hold, this.#have];
    try {
      if (this.#step === "header") this.#readHeader();
      else if (this.#step === "stored") this.#copyStored();
      else this.#decode();
      return true;
    } catch (thrown) {
      if (thrown !== MORE_NEEDED) throw thrown;
      // `#decode` has kept what it did of whole symbols.
      if (this.#step !== "codes") [this.#at, this.#hold, this.#have] = [at, hold, have];
      return false;
    }
  }

  /** Not more than 16 at once. */
  #bits(count: number): number {
    while (this.#have < count) {
      if (this.#at >= this.#input.length) throw MORE_NEEDED;
      this.#hold |= this.#input[this.#at++]! << this.#have;
      this.#have += 8;
    }
    const value = this.#hold & ((1 << count) - 1);
    this.#hold >>>= count;
    this.#have -= count;
    return value;
  }

  #symbol({ table, bits }: Code): number {
    while (this.#have < bits && this.#at < this.#input.length) {
      this.#hold |= this.#input[this.#at++]! << this.#have;
      this.#have += 8;
    }
    const entry = table[this.#hold & ((1 << bits) - 1)]!;
    const length = entry & 15;
    if (length > this.#have || (length === 0 && this.#have < bits)) throw MORE_NEEDED;
    if (length === 0) throw new InflateFault(false);
    this.#hold >>>= length;
    this.#have -= length;
    return entry >> 4;
  }

  #readHeader(): void {
    const isLast = this.#bits(1) === 1;
    const type = this.#bits(2);
    if (type === 0) this.#beginStored();
    else if (type === 1) [this.#literals, this.#distances] = [FIXED_LITERALS, FIXED_DISTANCES];
    else if (type === 2) [this.#literals, this.#distances] = this.#readCodes();
    else throw new InflateFault(false);
    this.#isLast = isLast;
    this.#step = type === 0 ? "stored" : "codes";
  }

  #beginStored(): void {
    this.#bits(this.#have & 7);
    const length = this.#bits(16);
    const inverted = this.#bits(16);
    if ((length ^ inverted) !== 0xffff) throw new InflateFault(false);
    // Whole bytes that were taken too early go back.
    this.#at -= this.#have >> 3;
    this.#hold = 0;
    this.#have = 0;
    this.#storedLeft = length;
  }

  #copyStored(): void {
    if (this.#storedLeft === 0) {
      this.#endBlock();
      return;
    }
    const count = Math.min(this.#storedLeft, this.#input.length - this.#at, PIECE_BYTES);
    if (count === 0) throw MORE_NEEDED;
    this.#makeRoom(count);
    this.#output.set(this.#input.subarray(this.#at, this.#at + count), this.#filled);
    this.#filled += count;
    this.#total += count;
    this.#at += count;
    this.#storedLeft -= count;
  }

  #endBlock(): void {
    if (this.#isLast) this.isDone = true;
    this.#step = "header";
  }

  /** Of a block with codes of its own (§3.2.7). */
  #readCodes(): [Code, Code] {
    const literals = this.#bits(5) + 257;
    const distances = this.#bits(5) + 1;
    const count = this.#bits(4) + 4;
    if (literals > MAX_LITERALS || distances > MAX_DISTANCES) throw new InflateFault(false);
    const ofLengths = new Uint8Array(LENGTH_ORDER.length);
    for (const symbol of LENGTH_ORDER.slice(0, count)) ofLengths[symbol] = this.#bits(3);
    const lengths = this.#readLengths(makeCode(ofLengths, false), literals + distances);
    if (lengths[END_OF_BLOCK] === 0) throw new InflateFault(false);
    return [makeCode(lengths.subarray(0, literals), true), makeCode(lengths.subarray(literals), true)];
  }

  #readLengths(code: Code, count: number): Uint8Array {
    const lengths = new Uint8Array(count);
    for (let i = 0; i < count; ) {
      // To zlib a code without any symbol is one of a single bit that says 0 (inftrees.c, "no symbols").
      const symbol = code.bits === 0 ? this.#bits(1) & 0 : this.#symbol(code);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      if (symbol === 16 && i === 0) throw new InflateFault(false);
      const value = symbol === 16 ? lengths[i - 1]! : 0;
      const repeats =
        symbol === 16 ? 3 + this.#bits(2) : symbol === 17 ? 3 + this.#bits(3) : 11 + this.#bits(7);
      if (i + repeats > count) throw new InflateFault(false);
      lengths.fill(value, i, i + repeats);
      i += repeats;
    }
    return lengths;
  }

  /** Symbol after symbol, up to the end of the block. */
  #decode(): void {
    let goesOn = true;
    while (goesOn) {
      this.#makeRoom(MAX_MATCH);
      if (this.#input.length - this.#at >= BYTES_FOR_SURE && !this.#decodeLiterals()) break;
      const [at, hold, have] = [this.#at, this.#hold, this.#have];
      try {
        goesOn = this.#decodeOne();
      } catch (thrown) {
        if (thrown === MORE_NEEDED) [this.#at, this.#hold, this.#have] = [at, hold, have];
        throw thrown;
      }
    }
    this.#endBlock();
  }

  /** The fast way: literals, as long as there are input and room to spare. False at the end of the block. */
  #decodeLiterals(): boolean {
    const { table, bits } = this.#literals;
    const mask = (1 << bits) - 1;
    const input = this.#input;
    const last = input.length - BYTES_FOR_SURE;
    const output = this.#output;
    const full = CAPACITY - MAX_MATCH;
    const begun = this.#filled;
    let [at, hold, have, filled] = [this.#at, this.#hold, this.#have, begun];
    let goesOn = true;
    while (at <= last && filled < full) {
      while (have < MAX_CODE_BITS) {
        hold |= input[at++]! << have;
        have += 8;
      }
      const entry = table[hold & mask]!;
      const symbol = entry >> 4;
      const length = entry & 15;
      // A match, or no code at all, is for the careful way.
      if (length === 0 || symbol > END_OF_BLOCK) break;
      hold >>>= length;
      have -= length;
      if (symbol === END_OF_BLOCK) {
        goesOn = false;
        break;
      }
      output[filled++] = symbol;
    }
    [this.#at, this.#hold, this.#have, this.#filled] = [at, hold, have, filled];
    this.#total += filled - begun;
    return goesOn;
  }

  /** False at the end of the block. */
  #decodeOne(): boolean {
    const symbol = this.#symbol(this.#literals);
    if (symbol === END_OF_BLOCK) return false;
    if (symbol < END_OF_BLOCK) {
      this.#output[this.#filled++] = symbol;
      this.#total++;
      return true;
    }
    const length = this.#value(LENGTHS, symbol - END_OF_BLOCK - 1);
    const distance = this.#value(DISTANCES, this.#symbol(this.#distances));
    if (distance > this.#total) throw new InflateFault(false);
    this.#repeat(length, distance);
    return true;
  }

  #value({ base, bits }: Ranges, symbol: number): number {
    const first = base[symbol];
    if (first === undefined) throw new InflateFault(false);
    return first + this.#bits(bits[symbol]!);
  }

  #repeat(length: number, distance: number): void {
    const output = this.#output;
    const start = this.#filled;
    const end = start + length;
    if (distance >= length) output.copyWithin(start, start - distance, end - distance);
    // It may repeat what it writes itself.
    else for (let at = start; at < end; at++) output[at] = output[at - distance]!;
    this.#filled = end;
    this.#total += length;
  }

  #makeRoom(count: number): void {
    if (this.#filled + count <= CAPACITY) return;
    this.#giveOut();
    this.#output.copyWithin(0, this.#filled - WINDOW_BYTES, this.#filled);
    this.#filled = WINDOW_BYTES;
    this.#given = WINDOW_BYTES;
  }

  #giveOut(): void {
    if (this.#filled > this.#given) this.#pieces.push(this.#output.slice(this.#given, this.#filled));
    this.#given = this.#filled;
  }
}
