/**
 * The objects that stand in one array of a JSON document, such as the `inputs` of a report, taken piece by piece: the
 * document may be too large for memory. Objects that are members of the document itself are given as well.
 */

import { concatBytes } from "../bytes.ts";
import { ParseError } from "../errors.ts";
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

export interface JsonElementLimits {
  /** Length of one object. */
  readonly bytes: number;
  /** How deep objects and arrays may be nested, the document itself counted. */
  readonly depth: number;
}

const SPACE = 0x20;

/** Names of members that are looked at; a longer one is none of them. */
const MAX_NAME_BYTES = 256;

/** Keeps one object at a time. Objects are not checked: whoever takes one parses it. */
export class JsonElementScanner {
  readonly #array: string;
  readonly #limits: JsonElementLimits;
  /** `name` is that of the member, or of the array. */
  readonly #take: (name: string, object: Uint8Array) => void;
  #base = 0;
  #depth = 0;
  #inString = false;
  #isEscaped = false;
  #isName = false;
  #nameBytes: number[] = [];
  #name = "";
  #inArray = false;
  #hasArray = false;
  /** Depth around the object that is kept; 0 where none is. */
  #keptAt = 0;
  #parts: Uint8Array[] = [];
  #length = 0;
  #isOver = false;

  constructor(array: string, limits: JsonElementLimits, take: (name: string, object: Uint8Array) => void) {
    this.#array = array;
    this.#limits = limits;
    this.#take = take;
  }

  /** Throws ParseError, and whatever the taker throws. */
  feed(piece: Uint8Array): void {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!;
      if (this.#inString) this.#stringByte(byte);
      else if (byte > SPACE) from = this.#token(piece, at, byte, from);
    }
    if (this.#keptAt > 0) this.#keep(piece.subarray(from), piece.length);
    this.#base += piece.length;
  }

  /** The text has ended. Throws ParseError `truncated` where the document has not, `bad-structure` where it has no such array. */
  end(): void {
    if (!this.#isOver)
      throw this.#error("truncated", 0, "the end of the JSON document", "the end of the file");
    if (!this.#hasArray)
      throw this.#error("bad-structure", 0, `an array named ${this.#array}`, "none in the whole document");
  }

  #stringByte(byte: number): void {
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) {
      this.#inString = false;
      if (this.#isName) this.#name = decodeUtf8(Uint8Array.from(this.#nameBytes));
      return;
    }
    if (this.#isName && this.#nameBytes.length < MAX_NAME_BYTES) this.#nameBytes.push(byte);
  }

  /** Returns from where the piece belongs to an object that is kept. */
  #token(piece: Uint8Array, at: number, byte: number, from: number): number {
    if (this.#isOver || (this.#depth === 0 && byte !== OBJECT_OPEN))
      throw this.#error("bad-structure", at, "one JSON object", "something else");
    if (byte === QUOTE) this.#startString(at);
    else if (byte === OBJECT_OPEN || byte === ARRAY_OPEN) return this.#open(byte, at, from);
    else if (byte === OBJECT_CLOSE || byte === ARRAY_CLOSE) return this.#close(piece, at, from);
    else if (byte === COMMA && this.#depth === 1) this.#isName = true;
    else if (byte === COLON && this.#depth === 1) this.#isName = false;
    else if (this.#isBetweenElements() && byte !== COMMA) throw this.#noElement(at);
    return from;
  }

  #isBetweenElements(): boolean {
    return this.#inArray && this.#depth === 2;
  }

  #noElement(at: number): ParseError {
    return this.#error("bad-structure", at, `objects in ${this.#array}`, "something else");
  }

  #startString(at: number): void {
    if (this.#isBetweenElements()) throw this.#noElement(at);
    this.#inString = true;
    if (this.#isName) this.#nameBytes = [];
  }

  #open(byte: number, at: number, from: number): number {
    const isKept = byte === OBJECT_OPEN && (this.#depth === 1 || this.#isBetweenElements());
    if (this.#isBetweenElements() && !isKept) throw this.#noElement(at);
    if (this.#depth === 1) this.#inArray = byte === ARRAY_OPEN && this.#name === this.#array;
    this.#hasArray ||= this.#inArray;
    if (this.#depth === 0) this.#isName = true;
    if (isKept) this.#keptAt = this.#depth;
    if (++this.#depth > this.#limits.depth)
      throw this.#error("over-limit", at, `at most ${this.#limits.depth} levels of nesting`, "more");
    return isKept ? at : from;
  }

  #close(piece: Uint8Array, at: number, from: number): number {
    this.#depth--;
    if (this.#depth === 0) this.#isOver = true;
    if (this.#keptAt === 0 || this.#depth !== this.#keptAt) return from;
    this.#keep(piece.subarray(from, at + 1), at);
    const object = concatBytes(this.#parts);
    this.#keptAt = 0;
    this.#parts = [];
    this.#length = 0;
    this.#take(this.#name, object);
    return at + 1;
  }

  #keep(part: Uint8Array, at: number): void {
    this.#length += part.length;
    if (this.#length > this.#limits.bytes)
      throw this.#error("over-limit", at, `at most ${this.#limits.bytes} bytes of one object`, "more");
    this.#parts.push(part);
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
