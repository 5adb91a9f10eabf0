/** The members of the one object that a JSON text is, taken piece by piece: such a text may be too large for memory. */

import { concatBytes } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import {
  ARRAY_CLOSE,
  ARRAY_OPEN,
  BACKSLASH,
  COLON,
  COMMA,
  OBJECT_CLOSE,
  OBJECT_OPEN,
  QUOTE,
} from "./json-bytes.ts";
import { decodeUtf8 } from "./text-encoding.ts";

type State = "start" | "first-name" | "next-name" | "name" | "colon" | "value" | "end";

/** Bytes of a member's name; a path has some 70. */
const MAX_NAME_BYTES = 4096;

/** Keeps one member at a time. Values are not checked: whoever takes one parses it. */
export class JsonMemberScanner {
  readonly #take: (name: string, value: Uint8Array) => void;
  #state: State = "start";
  /** Bytes of the pieces before the present one. */
  #base = 0;
  #members = 0;
  #name = "";
  #parts: Uint8Array[] = [];
  #length = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;

  constructor(take: (name: string, value: Uint8Array) => void) {
    this.#take = take;
  }

  /** Throws ParseError, and whatever the taker throws. */
  feed(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) at = this.#step(piece, at);
    this.#base += piece.length;
  }

  /** The text has ended. Throws ParseError `truncated` where the object has not. */
  end(): void {
    if (this.#state === "end") return;
    throw this.#error("truncated", 0, "the end of the JSON text", "the end of the file");
  }

  /** Every state takes at least one byte. */
  #step(piece: Uint8Array, at: number): number {
    if (this.#state === "name") return this.#readName(piece, at);
    if (this.#state === "value") return this.#readValue(piece, at);
    const byte = piece[at]!;
    if (byte > 0x20) this.#between(byte, at);
    return at + 1;
  }

  #between(byte: number, at: number): void {
    const isName = this.#state === "first-name" || this.#state === "next-name";
    if (this.#state === "start" && byte === OBJECT_OPEN) this.#state = "first-name";
    else if (isName && byte === QUOTE) this.#state = "name";
    else if (this.#state === "first-name" && byte === OBJECT_CLOSE) this.#state = "end";
    else if (this.#state === "colon" && byte === COLON) this.#state = "value";
    else throw this.#error("bad-structure", at, "the members of a JSON object", "something else");
  }

  #readName(piece: Uint8Array, from: number): number {
    const end = this.#stringEnd(piece, from);
    this.#keep(piece.subarray(from, end), MAX_NAME_BYTES, from);
    if (end === piece.length) return end;
    this.#name = decodeUtf8(this.#kept());
    this.#state = "colon";
    return end + 1;
  }

  #readValue(piece: Uint8Array, from: number): number {
    let at = from;
    while (at < piece.length) {
      if (this.#inString) {
        at = this.#stringEnd(piece, at);
        this.#inString = at === piece.length;
        at = Math.min(at + 1, piece.length);
        continue;
      }
      const byte = piece[at]!;
      if (this.#depth === 0 && (byte === COMMA || byte === OBJECT_CLOSE)) break;
      if (byte === QUOTE) this.#inString = true;
      else if (byte === OBJECT_OPEN || byte === ARRAY_OPEN) this.#depth++;
      else if (byte === OBJECT_CLOSE || byte === ARRAY_CLOSE) this.#depth--;
      at++;
    }
    this.#keep(piece.subarray(from, at), PARSER_LIMITS.maxJsonBytes, from);
    if (at === piece.length) return at;
    this.#finish(at);
    this.#state = piece[at] === COMMA ? "next-name" : "end";
    return at + 1;
  }

  #finish(at: number): void {
    const { maxXoCacheEntries } = PARSER_LIMITS;
    if (++this.#members > maxXoCacheEntries)
      throw this.#error("over-limit", at, `at most ${maxXoCacheEntries} members`, "more of them");
    this.#take(this.#name, this.#kept());
  }

  /** Place of the closing quote; the end of the piece where it comes later. */
  #stringEnd(piece: Uint8Array, from: number): number {
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) return at;
    }
    return piece.length;
  }

  #keep(part: Uint8Array, limit: number, at: number): void {
    this.#length += part.length;
    if (this.#length > limit)
      throw this.#error("over-limit", at, `at most ${limit} bytes of a name or a value`, "more");
    this.#parts.push(part);
  }

  #kept(): Uint8Array {
    const bytes = concatBytes(this.#parts);
    this.#parts = [];
    this.#length = 0;
    return bytes;
  }

  #error(
    code: "bad-structure" | "over-limit" | "truncated",
    at: number,
    expected: string,
    found: string,
  ): ParseError {
    return new ParseError({ code, offset: this.#base + at, expected, found });
  }
}
