import { ParseError } from "../../errors.ts";

/** Damaged bzip2 data; the offset is added by whoever knows where in the file the data stands. */
export function corruptBzip2(expected: string, found: string): ParseError {
  return new ParseError({
    code: "corrupt-compression",
    expected,
    found,
    next: "Fetch the file again; `bzip2 -t` checks it.",
  });
}

export function truncatedBzip2(): ParseError {
  return new ParseError({
    code: "truncated",
    expected: "a whole bzip2 file",
    found: "its end before the compressed data is complete",
    next: "The file is cut: fetch it again.",
  });
}
