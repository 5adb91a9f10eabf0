/** Where the strings of a JSON text stand, so that one can be replaced without writing the rest anew. */

import type { Span } from "../model.ts";
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
import { type PlacedText, placedWriter } from "./placed-text.ts";
import { decodeUtf8, encodeUtf8 } from "./text-encoding.ts";

/**
 * The shape of a value, as far as strings stand in it that were asked for; everything else, such as a million numbers, has no
 * place. A string is its span without the quotes.
 */
export type JsonPlace = JsonString | JsonItems | JsonMembers | null;

interface JsonString {
  readonly kind: "string";
  readonly span: Span;
}

/** By their index. */
interface JsonItems {
  readonly kind: "array";
  readonly items: ReadonlyMap<number, JsonPlace>;
}

/** Of a name that stands twice the last one counts, as in JSON.parse. */
interface JsonMembers {
  readonly kind: "object";
  readonly members: ReadonlyMap<string, JsonPlace>;
}

/** An array or object that is being read. */
interface Frame {
  /** How many items there were so far; null in an object. */
  index: number | null;
  /** Of the member that is being read; null before its name. */
  name: string | null;
  /** Of what stands in it; null where nothing has a place yet. */
  places: Map<string | number, JsonPlace> | null;
}

/**
 * Reads a text of UTF-8 that JSON.parse has taken, within the limits of `nvram-json.ts`: nothing is checked again. Strings are
 * asked for by the name of the member that they are; those of an array by null.
 */
export function jsonPlaces(bytes: Uint8Array, isWanted: (name: string | null) => boolean): JsonPlace {
  const open: Frame[] = [];
  let whole: JsonPlace = null;
  const add = (value: JsonPlace): void => {
    const parent = open.at(-1);
    if (parent === undefined) {
      whole = value;
      return;
    }
    const key = parent.index ?? parent.name ?? "";
    if (value === null) {
      parent.places?.delete(key);
    } else {
      parent.places ??= new Map();
      parent.places.set(key, value);
    }
    if (parent.index !== null) parent.index++;
    parent.name = null;
  };
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      const span = { start: at + 1, end: closingQuote(bytes, at) };
      at = span.end;
      const frame = open.at(-1);
      if (frame?.index === null && frame.name === null) frame.name = stringAt(bytes, span);
      else add(isWanted(frame?.name ?? null) ? { kind: "string", span } : null);
    } else if (byte === OBJECT_OPEN || byte === ARRAY_OPEN) {
      open.push({ index: byte === ARRAY_OPEN ? 0 : null, name: null, places: null });
    } else if (byte === OBJECT_CLOSE || byte === ARRAY_CLOSE) {
      add(placeOf(open.pop()));
    } else if (byte > 0x20 && byte !== COLON && byte !== COMMA) {
      at = literalEnd(bytes, at) - 1;
      add(null);
    }
  }
  return whole;
}

function placeOf(frame: Frame | undefined): JsonPlace {
  if (frame === undefined || frame.places === null) return null;
  return frame.index === null
    ? { kind: "object", members: frame.places as ReadonlyMap<string, JsonPlace> }
    : { kind: "array", items: frame.places as ReadonlyMap<number, JsonPlace> };
}

export function memberPlace(place: JsonPlace, name: string): JsonPlace {
  return place?.kind === "object" ? (place.members.get(name) ?? null) : null;
}

/** The text of a string, escapes resolved, with the place of every byte. */
export function jsonText(document: Uint8Array, span: Span): PlacedText | null {
  const writer = placedWriter(span);
  if (writer === null) return null;
  for (let at = span.start; at < span.end; ) {
    const end = pieceEnd(document, at, span.end);
    if (document[at] === BACKSLASH) {
      writer.escaped(encodeUtf8(stringAt(document, { start: at, end })), at);
    } else {
      writer.literal(document.subarray(at, end), at);
    }
    at = end;
  }
  return writer.finish(span.end);
}

function stringAt(bytes: Uint8Array, { start, end }: Span): string {
  const text = decodeUtf8(bytes.subarray(start, end));
  return text.includes("\\") ? JSON.parse(`"${text}"`) : text;
}

/** Up to the next escape; of an escape, all of it, two halves of a surrogate pair as one. */
function pieceEnd(bytes: Uint8Array, start: number, limit: number): number {
  if (bytes[start] !== BACKSLASH) {
    const next = bytes.subarray(start, limit).indexOf(BACKSLASH);
    return next < 0 ? limit : start + next;
  }
  if (bytes[start + 1] !== 0x75) return start + 2;
  const isPair = isHalf(bytes, start, "89ab") && isHalf(bytes, start + UNIT_BYTES, "cdef");
  return start + (isPair ? 2 : 1) * UNIT_BYTES;
}

/** Bytes of `\uD800`. */
const UNIT_BYTES = 6;

function isHalf(bytes: Uint8Array, at: number, third: string): boolean {
  const text = decodeUtf8(bytes.subarray(at, at + UNIT_BYTES)).toLowerCase();
  return text.startsWith("\\ud") && third.includes(text.charAt(3)) && text.length === UNIT_BYTES;
}

function closingQuote(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function literalEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at]! > 0x20 && !LITERAL_ENDS.has(bytes[at]!)) at++;
  return at;
}

const LITERAL_ENDS: ReadonlySet<number> = new Set([COMMA, OBJECT_CLOSE, ARRAY_CLOSE]);
