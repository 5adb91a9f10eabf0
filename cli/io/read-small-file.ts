/** Files that a command line names besides the dump: updates, tables. */

import { asParseError } from "../../library/input/system-errors.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";
import { printable } from "../../report/render/printable.ts";
import { UnreadableFile } from "../errors.ts";
import { openSource } from "./byte-source.ts";

/** All bytes of a file. Throws UnreadableFile where it cannot be read, is empty, or is longer than `maxBytes`. */
export async function readSmallFile(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const source = await openSource(path);
    try {
      return await readAll(source.bytes, maxBytes);
    } finally {
      await source.close();
    }
  } catch (error) {
    throw new UnreadableFile(`${printable(path)}: ${printable(asParseError(error).message)}`);
  }
}

/** Throws ParseError `empty-input`, and `over-limit` for more than `maxBytes`. */
export async function readAll(chunks: AsyncIterable<Uint8Array>, maxBytes: number): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    length += chunk.length;
    if (length > maxBytes)
      throw new ParseError({ code: "over-limit", expected: `at most ${maxBytes} bytes`, found: "more" });
    read.push(chunk);
  }
  if (length === 0)
    throw new ParseError({ code: "empty-input", expected: "some content", found: "no bytes at all" });
  return concatBytes(read);
}
