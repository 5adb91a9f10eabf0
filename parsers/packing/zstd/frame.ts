/**
 * Zstandard frames (RFC 8878 §3.1), decoded block by block. Made for hostile input: each block's output is
 * bounded before it is produced, a match cannot leave the history, and the content checksum is verified.
 * The usual package in plain JavaScript, fzstd 0.1.1, has none of the three: a frame of 24 bytes keeps it
 * busy for ever, and matches from before the history read as zeros.
 */
import { viewOf } from "../../bytes.ts";
import { ParseError } from "../../errors.ts";
import { PARSER_LIMITS } from "../../limits.ts";
import { Xxh64 } from "../xxh64.ts";
import { corrupt } from "./corrupt.ts";
import type { HuffmanTable } from "./huffman.ts";
import { readLiterals } from "./literals.ts";
import { initialSequenceState, runSequences } from "./sequences.ts";

export const BLOCK_HEADER_BYTES = 3;
export const CHECKSUM_BYTES = 4;
/** Magic and frame header descriptor: what tells the length of the whole header. */
export const SHORTEST_HEADER_BYTES = 5;
const MAX_BLOCK_BYTES = 131_072;
const RLE_BLOCK = 1;
const COMPRESSED_BLOCK = 2;
const RESERVED_BLOCK = 3;
/** History is moved to the front of its buffer once so many bytes were put behind the window. */
const SLIDE_BYTES = 4_194_304;
const FIRST_HISTORY_BYTES = 262_144;
/** What the bit readers may touch behind a block. */
const PADDING_BYTES = 8;
const NOTHING: Uint8Array = new Uint8Array(0);

export interface FrameHeader {
  readonly windowBytes: number;
  readonly contentBytes: number | null;
  readonly hasChecksum: boolean;
}

export interface BlockHeader {
  readonly isLast: boolean;
  readonly type: number;
  /** Of the bytes that follow the header. */
  readonly contentBytes: number;
  /** For a run, the bytes that it expands to; else as `contentBytes`. */
  readonly size: number;
}

/** Bytes of the header that begins with these `SHORTEST_HEADER_BYTES`. */
export function frameHeaderBytes(start: Uint8Array): number {
  const descriptor = start[4]!;
  return (
    SHORTEST_HEADER_BYTES + windowFieldBytes(descriptor) + idBytes(descriptor) + contentFieldBytes(descriptor)
  );
}

function isSingleSegment(descriptor: number): boolean {
  return (descriptor & 0x20) !== 0;
}

function windowFieldBytes(descriptor: number): number {
  return isSingleSegment(descriptor) ? 0 : 1;
}

function idBytes(descriptor: number): number {
  return [0, 1, 2, 4][descriptor & 3]!;
}

function contentFieldBytes(descriptor: number): number {
  const flag = descriptor >> 6;
  return flag === 0 && !isSingleSegment(descriptor) ? 0 : 2 ** flag;
}

/**
 * Reads a whole header (RFC 8878 §3.1.1.1). Throws ParseError `corrupt-compression`, also for a dictionary,
 * which nobody has, and `over-limit` for a window above PARSER_LIMITS.maxZstdWindowBytes.
 */
export function readFrameHeader(header: Uint8Array): FrameHeader {
  const descriptor = header[4]!;
  if ((descriptor & 8) !== 0) throw corrupt("a frame header with a reserved bit of zero", "one");
  const idAt = SHORTEST_HEADER_BYTES + windowFieldBytes(descriptor);
  const id = readNumber(header, idAt, idBytes(descriptor));
  if (id !== 0) throw corrupt("a frame without dictionary", `dictionary ${id}`);
  const contentAt = idAt + idBytes(descriptor);
  const fieldBytes = contentFieldBytes(descriptor);
  const contentField = readNumber(header, contentAt, fieldBytes) + (fieldBytes === 2 ? 256 : 0);
  const contentBytes = fieldBytes === 0 ? null : contentField;
  const windowBytes = isSingleSegment(descriptor) ? contentField : windowOf(header[SHORTEST_HEADER_BYTES]!);
  if (windowBytes > PARSER_LIMITS.maxZstdWindowBytes) {
    throw new ParseError({
      code: "over-limit",
      offset: 0,
      expected: `a zstd window up to ${PARSER_LIMITS.maxZstdWindowBytes} bytes`,
      found: `one of ${windowBytes} bytes`,
      next: "Decompress it with `zstd -d --long=31` first.",
    });
  }
  return { windowBytes, contentBytes, hasChecksum: (descriptor & 4) !== 0 };
}

function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** Little endian, up to 8 bytes; above 2^53 the last digits are lost, which no caller needs. */
function readNumber(bytes: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = length - 1; i >= 0; i--) value = value * 256 + bytes[at + i]!;
  return value;
}

/** Room that is used for one frame after the other: a file may be a million of them, of nine bytes each. */
export class ZstdRoom {
  history: Uint8Array = new Uint8Array(0);
  private input: Uint8Array = new Uint8Array(0);
  private literals: Uint8Array = new Uint8Array(0);

  /** For a compressed block. What is left of an earlier one stands behind the present one, and is never read into the output. */
  forBlock(maxBlockBytes: number): { readonly input: Uint8Array; readonly literals: Uint8Array } {
    if (this.literals.length < maxBlockBytes) {
      this.input = new Uint8Array(maxBlockBytes + PADDING_BYTES);
      this.literals = new Uint8Array(maxBlockBytes);
    }
    return { input: this.input, literals: this.literals.subarray(0, maxBlockBytes) };
  }
}

/** One frame: its blocks are given in their order, each gives its part of the content. */
export class ZstdFrame {
  private readonly header: FrameHeader;
  private readonly maxBlockBytes: number;
  private readonly hash: Xxh64 | null;
  private readonly room: ZstdRoom;
  private readonly sequences = initialSequenceState();
  private huffman: HuffmanTable | null = null;
  private historyEnd = 0;
  private produced = 0;

  constructor(header: FrameHeader, room: ZstdRoom = new ZstdRoom()) {
    this.header = header;
    this.room = room;
    this.maxBlockBytes = Math.min(MAX_BLOCK_BYTES, header.windowBytes);
    this.hash = header.hasChecksum ? new Xxh64() : null;
  }

  /** Throws ParseError `corrupt-compression` for a reserved type and for a size above that of a block. */
  blockHeader(bytes: Uint8Array): BlockHeader {
    const bits = readNumber(bytes, 0, BLOCK_HEADER_BYTES);
    const type = (bits >> 1) & 3;
    const size = bits >> 3;
    if (type === RESERVED_BLOCK) throw corrupt("a block of type 0, 1 or 2", "the reserved type 3");
    if (size > this.maxBlockBytes)
      throw corrupt(`a block up to ${this.maxBlockBytes} bytes`, `${size} bytes`);
    return { isLast: (bits & 1) === 1, type, contentBytes: type === RLE_BLOCK ? 1 : size, size };
  }

  /** The output of a block, a copy. Throws ParseError `corrupt-compression`. */
  decode(block: BlockHeader, content: Uint8Array): Uint8Array {
    if (block.size === 0 && block.type !== COMPRESSED_BLOCK) return NOTHING;
    this.makeRoom();
    const start = this.historyEnd;
    if (block.type === RLE_BLOCK) {
      this.historyEnd += block.size;
      this.room.history.fill(content[0]!, start, this.historyEnd);
    } else if (block.type === 0) {
      this.historyEnd += block.size;
      this.room.history.set(content, start);
    } else {
      this.historyEnd = this.decompress(content);
    }
    const output = this.room.history.slice(start, this.historyEnd);
    this.produced += output.length;
    if (this.produced > (this.header.contentBytes ?? Number.POSITIVE_INFINITY))
      throw this.wrongLength("more");
    this.hash?.update(output);
    return output;
  }

  /** After the last block. `checksum` is there if the header has the flag. Throws `corrupt-compression`. */
  finish(checksum: Uint8Array): void {
    if (this.header.contentBytes !== null && this.produced !== this.header.contentBytes) {
      throw this.wrongLength(`${this.produced}`);
    }
    if (this.hash === null) return;
    const expected = viewOf(checksum).getUint32(0, true);
    const found = this.hash.digest().low;
    if (expected !== found) {
      throw corrupt(`content with the checksum ${expected.toString(16)}`, found.toString(16));
    }
  }

  private decompress(content: Uint8Array): number {
    const end = content.length;
    if (end < 2) throw corrupt("a compressed block of 2 bytes or more", `${end}`);
    const { input, literals: room } = this.room.forBlock(this.maxBlockBytes);
    input.set(content);
    const literals = readLiterals(input, end, room, this.maxBlockBytes, this.huffman);
    this.huffman = literals.table;
    const output = {
      bytes: this.room.history,
      start: this.historyEnd,
      limit: this.historyEnd + this.maxBlockBytes,
    };
    return runSequences(input, end, literals, this.sequences, output);
  }

  private wrongLength(found: string): ParseError {
    return corrupt(`${this.header.contentBytes} bytes of content, as the frame header says`, found);
  }

  private historyLimit(): number {
    return this.header.windowBytes + SLIDE_BYTES;
  }

  /** Room for one more block: the buffer grows with the output, and never beyond what the window needs. */
  private makeRoom(): void {
    const needed = this.historyEnd + this.maxBlockBytes;
    const { history } = this.room;
    if (needed <= history.length) return;
    const limit = this.historyLimit();
    if (needed > limit) {
      const kept = this.header.windowBytes;
      history.copyWithin(0, this.historyEnd - kept, this.historyEnd);
      this.historyEnd = kept;
      return;
    }
    const grown = new Uint8Array(Math.min(limit, Math.max(needed, 2 * history.length, FIRST_HISTORY_BYTES)));
    grown.set(history.subarray(0, this.historyEnd));
    this.room.history = grown;
  }
}
