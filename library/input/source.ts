/** The one interface over which inputs are read: a file for the program, a Blob or bytes for a page. */
import type { Peekable } from "./chunks.ts";

/** An input, open for reading. The caller of `open` closes it. */
export interface ByteSource {
  /** Size in bytes; null for a pipe. */
  readonly size: number | null;
  /** Time of the last change, written as `modified` of a report; null for a pipe. */
  readonly modified: string | null;
  readonly bytes: Peekable;
  /** For reads at any place; null where the source can only be read from its start. */
  readonly readAt: ReadAt | null;
  /** Bytes that were read from the file so far. */
  readonly bytesRead: () => number;
  readonly close: () => Promise<void>;
}

/** A file answers at once; a Blob or an HTTP server later. */
export type Soon<T> = T | Promise<T>;

/** Reads `length` bytes from `position` on, fewer only at the end of the input. Throws ParseError `read-failed`. */
export type ReadAt = (position: number, length: number) => Soon<Uint8Array>;

/** Bytes that can be read at any place. */
export interface SeekableBytes {
  readonly readAt: ReadAt;
  readonly size: number;
}
