/** Reads a small input as a whole. */
import { concatBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";

/** Throws ParseError `empty-input` for no bytes, and `over-limit` for more than `maxBytes`. */
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
