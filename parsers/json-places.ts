/** Where the strings of a JSON text stand, so that one can be replaced without writing the rest anew. */
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
import type { Span } from "./model.ts";
import { type PlacedText, placedWriter } from "./placed-text.ts";
import { decodeUtf8, encodeUtf8 } from "./text-encoding.ts";

/** The shape of a value. A string is its span without the quotes; numbers, booleans and null have no place. */
export type JsonPlace = JsonString | JsonItems | JsonMembers | null;

interface JsonString {
  readonly kind: "string";
  readonly span: Span;
}

interface JsonItems {
  readonly kind: "array";
  readonly items: JsonPlace[];
}

/** Of a name that stands twice the last one counts, as in JSON.parse. */
interface JsonMembers {
  readonly kind: "object";
  readonly members: Map<string, JsonPlace>;
}

/** Reads a text of UTF-8 that JSON.parse has taken, within the limits of `nvram-json.ts`: nothing is checked again. */
export function jsonPlaces(bytes: Uint8Array): JsonPlace {
  const open: (JsonItems | JsonMembers)[] = [];
  let whole: JsonPlace = null;
  let name: string | null = null;
  const add = (value: JsonPlace): void => {
    const parent = open.at(-1);
    if (parent === undefined) whole = value;
    else if (parent.kind === "array") parent.items.push(value);
    else if (name !== null) parent.members.set(name, value);
    name = null;
  };
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      const span = { start: at + 1, end: closingQuote(bytes, at) };
      at = span.end;
      if (open.at(-1)?.kind === "object" && name === null) name = stringAt(bytes, span);
      else add({ kind: "string", span });
    } else if (byte === OBJECT_OPEN || byte === ARRAY_OPEN) {
      const container: JsonItems | JsonMembers =
        byte === ARRAY_OPEN ? { kind: "array", items: [] } : { kind: "object", members: new Map() };
      add(container);
      open.push(container);
    } else if (byte === OBJECT_CLOSE || byte === ARRAY_CLOSE) {
      open.pop();
    } else if (byte > 0x20 && byte !== COLON && byte !== COMMA) {
      at = literalEnd(bytes, at) - 1;
      add(null);
    }
  }
  return whole;
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
