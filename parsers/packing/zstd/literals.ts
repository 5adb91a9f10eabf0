import { corrupt } from "./corrupt.ts";
import { decodeStream, type HuffmanTable, readHuffmanTable } from "./huffman.ts";

const RAW = 0;
const RLE = 1;
const COMPRESSED = 2;
const JUMP_TABLE_BYTES = 6;

export interface Literals {
  /** The first `length` bytes count. */
  readonly bytes: Uint8Array;
  readonly length: number;
  /** Where the sequences begin. */
  readonly next: number;
  /** What a later block may use again. */
  readonly table: HuffmanTable | null;
}

interface Sizes {
  /** Bytes of literals. */
  readonly regenerated: number;
  /** Bytes of the streams with their tree description. */
  readonly compressed: number;
  readonly streams: 1 | 4;
  /** Where the content begins. */
  readonly at: number;
}

/**
 * The literals section of a compressed block (RFC 8878 §3.1.1.3.1), which stands at the start of `block`.
 * `scratch` holds the result and bounds it. Throws ParseError `corrupt-compression`.
 */
export function readLiterals(
  block: Uint8Array,
  end: number,
  scratch: Uint8Array,
  maxLength: number,
  earlier: HuffmanTable | null,
): Literals {
  const type = block[0]! & 3;
  const sizes = type < COMPRESSED ? plainSizes(block, type) : compressedSizes(block);
  const { regenerated: length, compressed, at } = sizes;
  const next = at + compressed;
  if (next > end) throw corrupt(`${next} bytes of literals`, `a block of ${end} bytes`);
  if (length > maxLength) throw corrupt(`up to ${maxLength} bytes of literals`, `${length}`);
  if (type === RAW) return { bytes: block.subarray(at, next), length, next, table: earlier };
  if (type === RLE) {
    return { bytes: scratch.fill(block[at]!, 0, length), length, next, table: earlier };
  }
  const tree = type === COMPRESSED ? readHuffmanTable(block, at, next) : { table: earlier, next: at };
  if (tree.table === null) throw corrupt("a Huffman tree before it is used again", "none");
  const streams = sizes.streams === 1 ? oneStream : fourStreams;
  streams(tree.table, block, tree.next, next, scratch, length);
  return { bytes: scratch, length, next, table: tree.table };
}

function plainSizes(block: Uint8Array, type: number): Sizes {
  const format = (block[0]! >> 2) & 3;
  const [first, second, third] = [block[0]!, block[1]!, block[2]!];
  const [regenerated, at] =
    format === 1
      ? [(first >> 4) | (second << 4), 2]
      : format === 3
        ? [(first >> 4) | (second << 4) | (third << 12), 3]
        : [first >> 3, 1];
  return { regenerated, compressed: type === RLE ? 1 : regenerated, streams: 1, at };
}

function compressedSizes(block: Uint8Array): Sizes {
  const format = (block[0]! >> 2) & 3;
  const at = format < 2 ? 3 : format + 2;
  const width = format < 2 ? 10 : format === 2 ? 14 : 18;
  // Up to 40 bits: too many for the operators on 32 bits.
  let header = 0;
  for (let i = at - 1; i >= 0; i--) header = header * 256 + block[i]!;
  const regenerated = Math.floor(header / 16) % 2 ** width;
  const compressed = Math.floor(header / 2 ** (4 + width)) % 2 ** width;
  return { regenerated, compressed, streams: format === 0 ? 1 : 4, at };
}

function oneStream(
  table: HuffmanTable,
  block: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  length: number,
): void {
  decodeStream(table, block, start, end, out, 0, length);
}

/** The jump table has the sizes of the first three; each but the last yields a quarter, rounded up. */
function fourStreams(
  table: HuffmanTable,
  block: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  length: number,
): void {
  const quarter = (length + 3) >> 2;
  if (start + JUMP_TABLE_BYTES > end || 3 * quarter > length) {
    throw corrupt("four Huffman streams", `${end - start} bytes for ${length} literals`);
  }
  let at = start + JUMP_TABLE_BYTES;
  for (let i = 0; i < 4; i++) {
    const size = i < 3 ? block[start + 2 * i]! | (block[start + 2 * i + 1]! << 8) : end - at;
    if (at + size > end) throw corrupt("Huffman streams within their section", "one that passes its end");
    decodeStream(table, block, at, at + size, out, i * quarter, i < 3 ? (i + 1) * quarter : length);
    at += size;
  }
}
