/** How the readers of a suspend image ask for bytes: whoever drives them may seek, so most of an image is never read. */
import { ParseError } from "../errors.ts";

/** Bytes that are needed as a whole, or how many may pass unseen. */
export interface ImageRequest {
  readonly kind: "take" | "pass";
  readonly bytes: number;
  /** For messages, as in "3 more bytes of …". */
  readonly what: string;
}

/** Yields requests; gets the bytes that it took, and none for those that passed. */
export type ImageRequests = Generator<ImageRequest, void, Uint8Array>;

export function take(bytes: number, what: string): ImageRequest {
  return { kind: "take", bytes, what };
}

export function pass(bytes: number, what: string): ImageRequest {
  return { kind: "pass", bytes, what };
}

export function badStructure(
  offset: number,
  expected: string,
  found: string,
  next = "The image is damaged here.",
): ParseError {
  return new ParseError({ code: "bad-structure", offset, expected, found, next });
}

/** A length of the input as a number. Throws ParseError `over-limit` before it is used. */
export function checkedLength(length: bigint, limit: number, what: string, offset: number): number {
  if (length <= BigInt(limit)) return Number(length);
  throw overLimit(offset, `up to ${limit} bytes of ${what}`, `${length} bytes by its header`);
}

export function overLimit(offset: number, expected: string, found: string): ParseError {
  return new ParseError({ code: "over-limit", offset, expected, found, next: "The image is damaged here." });
}
