import { ascii, hasBytesAt } from "../../parsers/bytes.ts";
import type { Compression } from "../../parsers/packing/compression.ts";
import { isSkippableMagic, ZSTD_MAGIC } from "../../parsers/packing/zstd/magic.ts";
import { CHUNK_BYTES, coalesced, type Peekable } from "../input/chunks.ts";
import { ExpansionGuard } from "./expansion-guard.ts";
import type { MakeInflater } from "./inflater.ts";

const BZIP2_MAGIC = ascii("BZh");
/** Marks of a block, and of the end of a stream without blocks (bzip2 1.0.8 compress.c). */
const BZIP2_MARKS: readonly Uint8Array[] = [ascii("1AY&SY"), ascii("\x17rE8P\x90")];

/** The compression, by the first four bytes (RFC 1952 §2.3.1, RFC 8878 §3.1), or ten for bzip2; null where there is none. */
export function compressionOf(head: Uint8Array): Compression | null {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  if (head.length < 4) return null;
  if (hasBytesAt(head, 0, BZIP2_MAGIC) && BZIP2_MARKS.some((mark) => hasBytesAt(head, 4, mark)))
    return "bzip2";
  const magic = (head[0]! | (head[1]! << 8) | (head[2]! << 16) | (head[3]! << 24)) >>> 0;
  return magic === ZSTD_MAGIC || isSkippableMagic(magic) ? "zstd" : null;
}

/**
 * The decompressed bytes, made as they are read: to stop iterating stops the reading too. Throws ParseError `truncated` (after all
 * bytes that could be decompressed), `corrupt-compression` and `over-limit`.
 */
export async function* decompress(
  compression: Compression,
  source: AsyncIterable<Uint8Array>,
  makeInflater: MakeInflater,
  guard: ExpansionGuard = new ExpansionGuard(),
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* coalesced(await decompressor(compression, source, makeInflater, guard));
}

/** Loads one decompressor. Few inputs need one, and loading all of them would slow down every start. */
async function decompressor(
  compression: Compression,
  source: AsyncIterable<Uint8Array>,
  makeInflater: MakeInflater,
  guard: ExpansionGuard,
): Promise<AsyncIterable<Uint8Array>> {
  if (compression === "gzip") return (await import("./gunzip.ts")).gunzip(source, makeInflater, guard);
  if (compression === "bzip2") return (await import("./bunzip2.ts")).bunzip2(source, guard);
  return (await import("./unzstd.ts")).unzstd(source, guard);
}

/** The stream itself, or its decompressed bytes. Throws as `decompress`. */
export async function plainBytes(
  bytes: Peekable,
  makeInflater: MakeInflater,
  guard: ExpansionGuard = new ExpansionGuard(),
): Promise<AsyncIterable<Uint8Array>> {
  const compression = compressionOf(await bytes.head(CHUNK_BYTES));
  return compression === null ? bytes : decompress(compression, bytes, makeInflater, guard);
}
