import { ParseError } from "../../errors.ts";

/** What every layer of the decoder throws; frame.ts adds the place. */
export function corrupt(expected: string, found: string): ParseError {
  return new ParseError({
    code: "corrupt-compression",
    expected,
    found,
    next: "The compressed data is damaged: fetch the file again, or try `zstd -d` on it.",
  });
}
