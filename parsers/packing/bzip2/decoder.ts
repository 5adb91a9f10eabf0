/** bzip2 streams, one after the other, fed in pieces; what they hold is given out in pieces. */
import { concatBytes } from "../../bytes.ts";
import { BitReader, MAX_BITS } from "./bit-reader.ts";
import { type Block, readBlock } from "./block.ts";
import { corruptBzip2, truncatedBzip2 } from "./corrupt.ts";
import { addToCrc, CRC_START, combineCrc, finishCrc } from "./crc.ts";

/** `BZh` and a digit, which tells how many times 100 000 bytes a block may have. */
const STREAM_HEADER_BYTES = 4;
const STREAM_MAGIC = 0x42_5a_68;
const MAX_LEVEL = 9;
const LEVEL_BYTES = 100_000;
/** What a block, and the end of a stream, begin with: the digits of pi, and of its root. */
const BLOCK_MAGIC: readonly [number, number] = [0x314159, 0x265359];
const END_MAGIC: readonly [number, number] = [0x177245, 0x385090];
/**
 * No block, with what stands before and behind it, is longer: 900 100 symbols of 20 bits, 32 768 selectors of 6, six tables of
 * 258 lengths with 82 bits each.
 */
const MAX_BLOCK_BYTES = 2_400_000;
/** Given out at once. */
const PIECE_BYTES = 262_144; // 256 KiB
/** Bytes that one byte of a block can come to: a number behind equal ones. */
const MAX_RUN_EXPANSION = 256;
/** Equal bytes behind which a number tells how many more there are. */
const RUN_LENGTH = 4;

/** How a step changes what is known of input and output. */
export interface Bzip2Step {
  /** Bytes of input that were used up by it. */
  readonly consumed: number;
  readonly output: Uint8Array;
}

export class Bzip2Decoder {
  private waiting: Uint8Array[] = [];
  private waitingBytes = 0;
  private isComplete = false;
  /** Of the blocks of the present stream; null between two streams. */
  private level: number | null = null;
  /** Made where a first block needs it and used for all: a file may be streams without any, of 14 bytes each. */
  private links: Uint32Array = new Uint32Array(0);
  private streamCrc = 0;
  /** Bits of the first byte that were used up. */
  private usedBits = 0;
  private hasStreams = false;

  /** True behind the last stream: what follows is none, and is passed over as bzip2 does. */
  isFinished = false;

  push(piece: Uint8Array): void {
    this.waiting.push(piece);
    this.waitingBytes += piece.length;
  }

  /** Nothing more will be pushed. */
  end(): void {
    this.isComplete = true;
  }

  /**
   * What can be decoded by now. Asked between two pieces, memory stays small, whatever a block holds. Throws ParseError
   * `corrupt-compression` and `truncated`.
   */
  *steps(): Generator<Bzip2Step, void, undefined> {
    if (!this.isComplete && this.waitingBytes < 2 * MAX_BLOCK_BYTES) return;
    let bytes = concatBytes(this.waiting);
    while (!this.isFinished && (this.isComplete || bytes.length >= MAX_BLOCK_BYTES)) {
      const bits = new BitReader(bytes);
      bits.take(this.usedBits);
      const block = this.read(bits, bytes.length);
      const consumed = bits.position >>> 3;
      this.usedBits = bits.position & 7;
      bytes = bytes.subarray(consumed);
      yield { consumed, output: new Uint8Array(0) };
      if (block !== null) for (const output of this.expand(block)) yield { consumed: 0, output };
    }
    this.waiting = [bytes];
    this.waitingBytes = bytes.length;
  }

  /** Zeros stand behind the end: what they make look damaged is cut. */
  private read(bits: BitReader, available: number): Block | null {
    try {
      return this.level === null ? this.readHeader(bits, available) : this.readNext(bits, this.level);
    } catch (error) {
      bits.checkEnd(MAX_BITS);
      throw error;
    }
  }

  private readHeader(bits: BitReader, available: number): null {
    const isWhole = available >= STREAM_HEADER_BYTES;
    const isStream = isWhole && bits.take(24) === STREAM_MAGIC;
    const level = isStream ? bits.take(8) - 0x30 : 0;
    if (level < 1 || level > MAX_LEVEL) {
      if (!this.hasStreams) throw isWhole ? noStream() : truncatedBzip2();
      this.isFinished = true;
      return null;
    }
    this.level = level;
    this.streamCrc = 0;
    this.hasStreams = true;
    return null;
  }

  /** The next block; null at the end of the stream. */
  private readNext(bits: BitReader, level: number): Block | null {
    const high = bits.take(24);
    const low = bits.take(24);
    bits.checkEnd();
    if (high === BLOCK_MAGIC[0] && low === BLOCK_MAGIC[1]) return readBlock(bits, this.linksFor(level));
    if (high !== END_MAGIC[0] || low !== END_MAGIC[1])
      throw corruptBzip2("a block or the end of the stream", "something else");
    const crc = bits.takeWord();
    bits.checkEnd();
    if (crc !== this.streamCrc) throw corruptBzip2("the checksum of the stream", "another one");
    bits.align();
    this.level = null;
    return null;
  }

  private linksFor(level: number): Uint32Array {
    const length = level * LEVEL_BYTES;
    if (this.links.length < length) this.links = new Uint32Array(length);
    return this.links.subarray(0, length);
  }

  private *expand({ links, length, start, crc }: Block): Generator<Uint8Array, void, undefined> {
    let sum = CRC_START;
    let at = start;
    // A block of a few bytes gets no room for many: there may be a block every 37 bytes.
    let piece = new Uint8Array(Math.min(PIECE_BYTES, MAX_RUN_EXPANSION * (length + 1)));
    let filled = 0;
    let previous = -1;
    let equal = 0;
    for (let i = 0; i < length; i++) {
      const link = links[at]!;
      const byte = link & 0xff;
      at = link >>> 8;
      let times = 1;
      if (equal === RUN_LENGTH) {
        times = byte;
        equal = 0;
        piece.fill(previous, filled, filled + times);
        previous = -1;
      } else {
        equal = byte === previous ? equal + 1 : 1;
        previous = byte;
        piece[filled] = byte;
      }
      filled += times;
      // A run has room for sure.
      if (filled <= PIECE_BYTES - 256) continue;
      const output = piece.subarray(0, filled);
      sum = addToCrc(sum, output);
      yield output;
      piece = new Uint8Array(PIECE_BYTES);
      filled = 0;
    }
    const output = piece.subarray(0, filled);
    sum = addToCrc(sum, output);
    if (finishCrc(sum) !== crc) throw corruptBzip2("the checksum of the block", "another one");
    this.streamCrc = combineCrc(this.streamCrc, crc);
    if (filled > 0) yield output;
  }
}

function noStream(): Error {
  return corruptBzip2("the magic BZh and a digit from 1 to 9", "something else");
}
