import type { StreamReader } from "../../parsers/formats/format.ts";
import type { SeekableBytes } from "./source.ts";

/** Bytes of one read: a page of the file system. A reader usually needs a header of a few bytes next. */
const PIECE_BYTES = 4096;

/** The pieces of a file that a reader needs. What it does not need is skipped, and it is told so by `pass`. Throws as `pass` does. */
export async function* neededPieces(
  { readAt, size }: SeekableBytes,
  { passable, pass }: Required<Pick<StreamReader, "passable" | "pass">>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < size; ) {
    const passed = Math.min(passable(), size - at);
    if (passed > 0) {
      pass(passed);
      at += passed;
      continue;
    }
    const read = readAt(at, Math.min(PIECE_BYTES, size - at));
    const piece = read instanceof Promise ? await read : read;
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}
