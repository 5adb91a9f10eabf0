/** The codes of a bzip2 block: canonical, one to twenty bits (bzip2 1.0.8 huffman.c, BZ2_hbCreateDecodeTables). */
import type { BitReader } from "./bit-reader.ts";
import { corruptBzip2 } from "./corrupt.ts";

const MAX_CODE_BITS = 20;
/** Codes up to this length are looked up in one step; few are longer. */
const QUICK_BITS = 10;
const SYMBOL_BITS = 9;
const SYMBOL_MASK: number = (1 << SYMBOL_BITS) - 1;
/** A length differs from the one before by 19 at most; steps up and down in turn would go on for ever. */
const MAX_LENGTH_STEPS = 40;

export class HuffmanTable {
  /** Of each beginning of a code: its length and symbol; 0 where the code is longer, or none. */
  private readonly quick = new Uint16Array(1 << QUICK_BITS);
  /** Of each length: the number behind its last code, in codes of 20 bits. */
  private readonly ends = new Int32Array(MAX_CODE_BITS + 1);
  /** Of each length: what is added to a code of it for the place of its symbol in `symbols`. */
  private readonly shifts = new Int32Array(MAX_CODE_BITS + 1);
  private readonly symbols: Uint16Array;

  /** Throws ParseError `corrupt-compression` where more codes are asked for than there can be. */
  constructor(lengths: Uint8Array) {
    this.symbols = new Uint16Array(lengths.length);
    let code = 0;
    let place = 0;
    for (let length = 1; length <= MAX_CODE_BITS; length++) {
      this.shifts[length] = place - code;
      for (let symbol = 0; symbol < lengths.length; symbol++) {
        if (lengths[symbol] !== length) continue;
        if (code >= 1 << length) throw corruptBzip2("codes that fit their lengths", "too many short ones");
        if (length <= QUICK_BITS) this.remember(code, length, symbol);
        this.symbols[place++] = symbol;
        code++;
      }
      this.ends[length] = code << (MAX_CODE_BITS - length);
      code <<= 1;
    }
  }

  /** Takes the next symbol. Throws ParseError `corrupt-compression` for bits that are no code. */
  read(bits: BitReader): number {
    const next = bits.peek(MAX_CODE_BITS);
    const quick = this.quick[next >>> (MAX_CODE_BITS - QUICK_BITS)]!;
    if (quick !== 0) {
      bits.drop(quick >>> SYMBOL_BITS);
      return quick & SYMBOL_MASK;
    }
    for (let length = QUICK_BITS + 1; length <= MAX_CODE_BITS; length++) {
      if (next >= this.ends[length]!) continue;
      bits.drop(length);
      return this.symbols[(next >>> (MAX_CODE_BITS - length)) + this.shifts[length]!]!;
    }
    throw corruptBzip2("a code of the block", "bits that are none");
  }

  private remember(code: number, length: number, symbol: number): void {
    const free = QUICK_BITS - length;
    this.quick.fill((length << SYMBOL_BITS) | symbol, code << free, (code + 1) << free);
  }
}

/** Reads the lengths of `count` codes, each told by its difference from the one before. Throws ParseError `corrupt-compression`. */
export function readTable(bits: BitReader, count: number): HuffmanTable {
  const lengths = new Uint8Array(count);
  let length = bits.take(5);
  for (let symbol = 0; symbol < count; symbol++) {
    for (let steps = 0; ; steps++) {
      if (length < 1 || length > MAX_CODE_BITS || steps > MAX_LENGTH_STEPS)
        throw corruptBzip2(`a code of 1 to ${MAX_CODE_BITS} bits`, `one of ${length} after ${steps} steps`);
      if (bits.take(1) === 0) break;
      length += bits.take(1) === 0 ? 1 : -1;
    }
    lengths[symbol] = length;
  }
  return new HuffmanTable(lengths);
}
