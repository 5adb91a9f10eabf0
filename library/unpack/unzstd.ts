import { concatBytes, viewOf } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  type FrameHeader,
  frameHeaderBytes,
  readFrameHeader,
  SHORTEST_HEADER_BYTES,
  ZstdFrame,
  ZstdRoom,
} from "../../parsers/packing/zstd/frame.ts";
import { isSkippableMagic, ZSTD_MAGIC } from "../../parsers/packing/zstd/magic.ts";
import { ExactReader } from "../input/chunks.ts";
import { ExpansionGuard } from "./expansion-guard.ts";

const MAGIC_BYTES = 4;
const SIZE_BYTES = 4;

/**
 * Decompresses zstd: one frame after the other, without skippable ones (RFC 8878 §3). Throws as `decompress`. Bytes that are there
 * already are taken without an await: a file may be a million empty frames, or three million empty blocks.
 */
export async function* unzstd(
  source: AsyncIterable<Uint8Array>,
  guard: ExpansionGuard = new ExpansionGuard(),
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ExactReader(source);
  const room = new ZstdRoom();
  try {
    for (;;) {
      const start = reader.position;
      const magicBytes = reader.ready(MAGIC_BYTES) ?? (await readMagic(reader));
      if (magicBytes.length === 0) return;
      guard.consume(MAGIC_BYTES);
      const magic = viewOf(magicBytes).getUint32(0, true);
      if (isSkippableMagic(magic)) {
        const waiting = skipFrame(reader, guard);
        if (waiting !== null) await waiting;
        continue;
      }
      if (magic !== ZSTD_MAGIC) throw notAFrame(start);
      const header = await readHeader(reader, magicBytes, guard);
      const frame = new ZstdFrame(header, room);
      for (let isLast = false; !isLast; ) {
        const at = reader.position;
        const headerBytes =
          reader.ready(BLOCK_HEADER_BYTES) ?? (await reader.need(BLOCK_HEADER_BYTES, "a block header"));
        const block = located(at, () => frame.blockHeader(headerBytes));
        const content =
          reader.ready(block.contentBytes) ?? (await reader.need(block.contentBytes, "a block"));
        guard.consume(BLOCK_HEADER_BYTES + block.contentBytes);
        const output = located(at, () => frame.decode(block, content));
        guard.produce(output.length);
        if (output.length > 0) yield output;
        isLast = block.isLast;
      }
      const end = reader.position;
      const checksumBytes = header.hasChecksum ? CHECKSUM_BYTES : 0;
      const checksum = reader.ready(checksumBytes) ?? (await reader.need(checksumBytes, "a checksum"));
      located(end, () => frame.finish(checksum));
    }
  } finally {
    await reader.close();
  }
}

/** The magic of the next frame; no bytes at the end of the file. */
async function readMagic(reader: ExactReader): Promise<Uint8Array> {
  const first = await reader.take(1);
  if (first.length === 0) return first;
  return concatBytes([first, await reader.need(MAGIC_BYTES - 1, "the magic of a zstd frame")]);
}

async function readHeader(
  reader: ExactReader,
  magic: Uint8Array,
  guard: ExpansionGuard,
): Promise<FrameHeader> {
  const start = reader.position - magic.length;
  const descriptorBytes = SHORTEST_HEADER_BYTES - magic.length;
  const descriptor = reader.ready(descriptorBytes) ?? (await reader.need(descriptorBytes, "a frame header"));
  const short = concatBytes([magic, descriptor]);
  const restBytes = frameHeaderBytes(short) - short.length;
  const rest = reader.ready(restBytes) ?? (await reader.need(restBytes, "a frame header"));
  const header = located(start, () => readFrameHeader(concatBytes([short, rest])));
  guard.consume(short.length + rest.length - magic.length);
  return header;
}

/** Skips a frame; null where that needed no await. */
function skipFrame(reader: ExactReader, guard: ExpansionGuard): Promise<void> | null {
  const sizeBytes = reader.ready(SIZE_BYTES);
  if (sizeBytes === null) return skipLater(reader, guard);
  const size = viewOf(sizeBytes).getUint32(0, true);
  guard.consume(SIZE_BYTES + size);
  return reader.ready(size) === null ? reader.skip(size, "a skippable frame") : null;
}

async function skipLater(reader: ExactReader, guard: ExpansionGuard): Promise<void> {
  const size = viewOf(await reader.need(SIZE_BYTES, "the size of a skippable frame")).getUint32(0, true);
  guard.consume(SIZE_BYTES + size);
  await reader.skip(size, "a skippable frame");
}

function notAFrame(offset: number): ParseError {
  return new ParseError({
    code: "corrupt-compression",
    offset,
    expected: "a zstd frame or the end of the file",
    found: "something else",
    next: "The file is damaged, or something was appended to it: fetch it again.",
  });
}

/** Runs a step of the decoder, and adds `offset` to its errors: the decoder does not know where in the file its bytes are. */
function located<T>(offset: number, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { code, expected, found, next } = error;
    throw new ParseError({ code, offset, expected, found, next });
  }
}
