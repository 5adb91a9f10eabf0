/** JSON without what tells whose it is: every string where it stands, of the same length. Numbers and switches stay. */

import type { Span } from "../model.ts";
import { jsonText as placedString } from "../text/json-places.ts";
import { parseJson } from "../text/json-text.ts";
import { decodeUtf8, type TextLayer } from "../text/text-encoding.ts";
import type { DocumentRedaction } from "./redact-values.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;

interface Frame {
  readonly isObject: boolean;
  /** Of the member that is being read; an array has that of what it belongs to. */
  name: string;
  /** The next string is a name. */
  atName: boolean;
}

/** `redaction` is that of the layer's bytes. Throws ParseError as `parseJson` does. */
export function redactJson(layer: TextLayer, redaction: DocumentRedaction): void {
  // Bounds depth and number; from here on the text is known to be JSON.
  parseJson(layer);
  const { bytes } = layer;
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    const frame = frames.at(-1);
    if (byte === QUOTE) {
      const span = { start: at + 1, end: closingQuote(bytes, at) };
      redactString(bytes, span, frames, redaction);
      at = span.end;
    } else if (byte === 0x7b || byte === 0x5b) {
      frames.push({
        isObject: byte === 0x7b,
        name: frame?.isObject === false ? frame.name : "",
        atName: byte === 0x7b,
      });
    } else if (byte === 0x7d || byte === 0x5d) {
      frames.pop();
    } else if (frame?.isObject === true && (byte === COMMA || byte === COLON)) {
      frame.atName = byte === COMMA;
    }
  }
}

function redactString(
  bytes: Uint8Array,
  span: Span,
  frames: readonly Frame[],
  redaction: DocumentRedaction,
): void {
  const placed = placedString(bytes, span);
  const frame = frames.at(-1);
  if (frame?.atName === true) {
    frame.name = placed === null ? "" : decodeUtf8(placed.bytes);
    redaction.key(placed);
  } else {
    redaction.value(
      frames.map(({ name }) => name).filter((name) => name !== ""),
      placed,
    );
  }
}

function closingQuote(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
