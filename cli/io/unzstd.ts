import { concatBytes, viewOf } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import {
  BLOCK_HEADER_BYTES,
  CHECKSUM_BYTES,
  frameHeaderBytes,
  readFrameHeader,
  SHORTEST_HEADER_BYTES,
  ZstdFrame,
} from "../../parsers/zstd/frame.ts";
import { isSkippableMagic, ZSTD_MAGIC } from "../../parsers/zstd/magic.ts";
import { ExactReader } from "./chunks.ts";
import { ExpansionGuard } from "./decompress.ts";

const MAGIC_BYTES = 4;
const SIZE_BYTES = 4;

/** Frames one after the other, skippable ones left out (RFC 8878 §3). Errors as `decompress` says. */
export async function* unzstd(
  source: AsyncIterable<Uint8Array>,
  guard: ExpansionGuard = new ExpansionGuard(),
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = new ExactReader(source);
  try {
    for (;;) {
      const start = reader.position;
      const first = await reader.take(1);
      if (first.length === 0) return;
      const magicBytes = concatBytes([
        first,
        await reader.need(MAGIC_BYTES - 1, "the magic of a zstd frame"),
      ]);
      guard.consume(MAGIC_BYTES);
      const magic = viewOf(magicBytes).getUint32(0, true);
      if (magic === ZSTD_MAGIC) yield* readFrame(reader, magicBytes, guard);
      else if (isSkippableMagic(magic)) await skipFrame(reader, guard);
      else throw notAFrame(start);
    }
  } finally {
    await reader.close();
  }
}

async function* readFrame(
  reader: ExactReader,
  magic: Uint8Array,
  guard: ExpansionGuard,
): AsyncGenerator<Uint8Array, void, undefined> {
  const start = reader.position - magic.length;
  const descriptor = await reader.need(SHORTEST_HEADER_BYTES - magic.length, "a frame header");
  const short = concatBytes([magic, descriptor]);
  const rest = await reader.need(frameHeaderBytes(short) - short.length, "a frame header");
  const header = located(start, () => readFrameHeader(concatBytes([short, rest])));
  guard.consume(short.length + rest.length - magic.length);
  const frame = new ZstdFrame(header);
  for (let isLast = false; !isLast; ) {
    const at = reader.position;
    const headerBytes = await reader.need(BLOCK_HEADER_BYTES, "a block header");
    const block = located(at, () => frame.blockHeader(headerBytes));
    const content = await reader.need(block.contentBytes, "a block");
    guard.consume(BLOCK_HEADER_BYTES + block.contentBytes);
    const output = located(at, () => frame.decode(block, content));
    guard.produce(output.length);
    if (output.length > 0) yield output;
    isLast = block.isLast;
  }
  const end = reader.position;
  const checksum = await reader.need(header.hasChecksum ? CHECKSUM_BYTES : 0, "a checksum");
  located(end, () => frame.finish(checksum));
}

async function skipFrame(reader: ExactReader, guard: ExpansionGuard): Promise<void> {
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

/** Runs a step of the decoder, which does not know where in the file its bytes stood. */
function located<T>(offset: number, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const { code, expected, found, next } = error;
    throw new ParseError({ code, offset, expected, found, next });
  }
}
