/** The one interface over which inputs are read: a file for the program, a Blob or bytes for a page. */
import type { Peekable } from "./chunks.ts";

/** An input, opened for reading only. Whoever opens it closes it. */
export interface ByteSource {
  /** Null for a pipe, where nobody knows. */
  readonly size: number | null;
  /** As `modified` of a report; null for a pipe. */
  readonly modified: string | null;
  readonly bytes: Peekable;
  /** Null where one cannot jump. */
  readonly readAt: ReadAt | null;
  /** What was read from the file so far, looked at or not. */
  readonly bytesRead: () => number;
  readonly close: () => Promise<void>;
}

/** At once from a file, later from what has to be asked for it. */
export type Soon<T> = T | Promise<T>;

/** Reads `length` bytes from `position` on, fewer only at the end of the input. Throws ParseError `read-failed`. */
export type ReadAt = (position: number, length: number) => Soon<Uint8Array>;

/** Bytes at which one can jump. */
export interface SeekableBytes {
  readonly readAt: ReadAt;
  readonly size: number;
}
