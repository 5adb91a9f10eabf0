/** Lines of a file that may be longer than memory. */
import type { FileHandle } from "node:fs/promises";

export interface Line {
  /** Without its line break, be it LF or CR LF. */
  readonly text: string;
  /** From 1 on. */
  readonly number: number;
  /** Byte of the file. */
  readonly start: number;
}

const NEWLINE = 10;
const READ_BYTES = 1_048_576; // 1 MiB

/**
 * The lines that have their line break; returns how many bytes stand behind the last one. Throws what `tooLong` makes of
 * the place of a line of more than `maxBytes`.
 */
export async function* wholeLines(
  file: FileHandle,
  maxBytes: number,
  tooLong: (start: number) => Error,
): AsyncGenerator<Line, number, undefined> {
  let parts: Buffer[] = [];
  let start = 0;
  let number = 1;
  for (let at = 0; ; ) {
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(READ_BYTES), 0, READ_BYTES, at);
    if (bytesRead === 0) return at - start;
    const piece = buffer.subarray(0, bytesRead);
    let from = 0;
    for (let to = piece.indexOf(NEWLINE); to !== -1; to = piece.indexOf(NEWLINE, from)) {
      if (at + to - start > maxBytes) throw tooLong(start);
      parts.push(piece.subarray(from, to));
      const text = Buffer.concat(parts).toString("utf8");
      yield { text: text.endsWith("\r") ? text.slice(0, -1) : text, number: number++, start };
      parts = [];
      from = to + 1;
      start = at + from;
    }
    parts.push(piece.subarray(from));
    at += bytesRead;
    if (at - start > maxBytes) throw tooLong(start);
  }
}
