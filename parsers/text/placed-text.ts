/** Texts of which every byte is known by its place in the document, through whatever escapes stand between. */
import { PARSER_LIMITS } from "../limits.ts";
import type { Span } from "../model.ts";
import { findInMap } from "./sexpr.ts";
import { decodeLatin1 } from "./text-encoding.ts";
import { textPieces } from "./xml-scanner.ts";

export interface PlacedText {
  /** UTF-8, without escapes. */
  readonly bytes: Uint8Array;
  /** Where each byte of the text begins in the document, and behind the last one where the text ends. */
  readonly places: Uint32Array;
}

/** A text that stands in the document as it is. Null where it is longer than anything that is looked through. */
export function literalText(document: Uint8Array, span: Span): PlacedText | null {
  const writer = placedWriter(span);
  if (writer === null) return null;
  writer.literal(document.subarray(span.start, span.end), span.start);
  return writer.finish(span.end);
}

/** A text of XML with its references, comments and sections. */
export function xmlText(document: Uint8Array, span: Span): PlacedText | null {
  const writer = placedWriter(span);
  if (writer === null) return null;
  const raw = document.subarray(span.start, span.end);
  let at = span.start;
  for (const { text, end } of textPieces(raw)) {
    if (text.buffer === raw.buffer) writer.literal(text, span.start + text.byteOffset - raw.byteOffset);
    else writer.escaped(text, at);
    at = span.start + end;
  }
  return writer.finish(span.end);
}

/** The value of a key in a map of xapi's database (`sexpr.ts`). Throws ParseError where the text is none. */
export function valueInMap(map: PlacedText | null, key: string): PlacedText | null {
  if (map === null) return null;
  // One character a byte, so that places of the text are places of its bytes.
  const span = findInMap(decodeLatin1(map.bytes), key);
  return span === null ? null : atomInMap(map, span);
}

/** A string of such a map or set, by its place there (`placedAtoms`). */
export function atomInMap(map: PlacedText, span: Span): PlacedText | null {
  const writer = placedWriter(span);
  if (writer === null) return null;
  for (let at = span.start; at < span.end; at++) {
    const place = map.places[at]!;
    if (map.bytes[at] === BACKSLASH && at + 1 < span.end) at++;
    writer.escaped(map.bytes.subarray(at, at + 1), place);
  }
  return writer.finish(map.places[span.end]!);
}

/** Where the whole text stands in the document. */
export function spanOf({ places }: PlacedText): Span {
  return { start: places[0]!, end: places.at(-1)! };
}

const BACKSLASH = 0x5c;

/** No escape stands for more bytes than it has. */
export function placedWriter({ start, end }: Span): PlacedWriter | null {
  return end - start > PARSER_LIMITS.maxPlacedTextBytes ? null : new PlacedWriter(end - start);
}

export class PlacedWriter {
  private readonly bytes: Uint8Array;
  private readonly places: Uint32Array;
  private length = 0;

  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.places = new Uint32Array(capacity + 1);
  }

  /** Bytes that stand in the document at `place` as they are. */
  literal(text: Uint8Array, place: number): void {
    for (let i = 0; i < text.length; i++) this.places[this.length + i] = place + i;
    this.append(text);
  }

  /** Bytes for which something else stands at `place`. */
  escaped(text: Uint8Array, place: number): void {
    this.places.fill(place, this.length, this.length + text.length);
    this.append(text);
  }

  finish(end: number): PlacedText {
    this.places[this.length] = end;
    return {
      bytes: this.bytes.subarray(0, this.length),
      places: this.places.subarray(0, this.length + 1),
    };
  }

  private append(text: Uint8Array): void {
    this.bytes.set(text, this.length);
    this.length += text.length;
  }
}
