/** Goes through a tar archive from header to header. In a file it seeks; in a stream it reads and drops the bytes between. */
import { ParseError } from "../../parsers/errors.ts";
import { TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";
import { ExactReader } from "./chunks.ts";
import type { ReadAt } from "./source.ts";

/** Offsets are bytes of the archive. */
export interface ArchiveCursor {
  readonly position: () => number;
  /** The next block of an archive; shorter only at the end. */
  readonly header: () => Promise<Uint8Array>;
  /** Throws ParseError `truncated` where the archive ends before. */
  readonly take: (bytes: number) => Promise<Uint8Array>;
  /** As `take`, but drops the bytes. */
  readonly skip: (bytes: number) => Promise<void>;
}

const DATA = "the archive's data";

/** `start`: offset in the archive of the first byte of the stream. */
export function streamCursor(bytes: AsyncIterable<Uint8Array>, start: number): ArchiveCursor {
  const reader = new ExactReader(bytes);
  return {
    position: () => start + reader.position,
    header: () => reader.take(TAR_BLOCK_BYTES),
    take: (length) => reader.need(length, DATA),
    skip: (length) => reader.skip(length, DATA),
  };
}

/** The bytes between two blocks of a disk: header and text of a checksum, and the next header. */
const READ_AHEAD_BYTES = 3 * TAR_BLOCK_BYTES;

export function fileCursor(readAt: ReadAt, size: number, start: number): ArchiveCursor {
  let at = start;
  let ahead: { readonly start: number; readonly bytes: Uint8Array } = { start: 0, bytes: new Uint8Array(0) };
  const move = (length: number, left: number): void => {
    if (length > left) {
      throw new ParseError({
        code: "truncated",
        offset: at + left,
        expected: `${length} bytes of ${DATA} from byte ${at} on`,
        found: `the end after ${left}`,
        next: "The file is cut: fetch it again.",
      });
    }
    at += length;
  };
  return {
    position: () => at,
    header: async () => {
      const isAhead = at >= ahead.start && at + TAR_BLOCK_BYTES <= ahead.start + ahead.bytes.length;
      if (!isAhead)
        ahead = { start: at, bytes: await readAt(at, Math.min(READ_AHEAD_BYTES, Math.max(0, size - at))) };
      const bytes = ahead.bytes.subarray(at - ahead.start, at - ahead.start + TAR_BLOCK_BYTES);
      at += bytes.length;
      return bytes;
    },
    take: async (length) => {
      const bytes = await readAt(at, Math.min(length, Math.max(0, size - at)));
      move(length, bytes.length);
      return bytes;
    },
    skip: async (length) => move(length, Math.max(0, size - at)),
  };
}
