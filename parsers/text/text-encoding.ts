/**
 * Text from bytes without TextDecoder, which the core does not have. Broken sequences become U+FFFD
 * where a decoder of the WHATWG Encoding Standard would put one; nothing here throws.
 */
import { viewOf } from "../bytes.ts";
import type { Splice } from "./splice.ts";

/** String.fromCharCode takes its units as arguments; this many are safe on every engine's stack. */
const UNITS_PER_CALL = 8192;
const REPLACEMENT = 0xfffd;

/** A text brought to UTF-8 (ASCII stays one byte a character), with what maps positions back. */
export interface TextLayer {
  readonly bytes: Uint8Array;
  readonly encoding: "utf-8" | "utf-16le" | "utf-16be";
  /** Bytes of the byte order mark that stood before the text; 0 where there was none. */
  readonly markBytes: number;
}

/**
 * Finds the encoding by its byte order mark and takes the mark away. UTF-16LE is what `>` of
 * Windows PowerShell writes; it is also recognised without a mark, by its zero bytes.
 */
export function unwrapText(bytes: Uint8Array): TextLayer {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    return { bytes: bytes.subarray(3), encoding: "utf-8", markBytes: 3 };
  }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) {
    return { bytes: fromUtf16(bytes.subarray(2), 0), encoding: "utf-16le", markBytes: 2 };
  }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    return { bytes: fromUtf16(bytes.subarray(2), 1), encoding: "utf-16be", markBytes: 2 };
  }
  if (bytes.length >= 4 && bytes[1] === 0 && bytes[3] === 0 && bytes[0] !== 0 && bytes[2] !== 0) {
    return { bytes: fromUtf16(bytes, 0), encoding: "utf-16le", markBytes: 0 };
  }
  return { bytes, encoding: "utf-8", markBytes: 0 };
}

/** Position in the original bytes of a position in the layer; exact as long as all before it is ASCII. */
export function originalOffset(layer: TextLayer, offset: number): number {
  return layer.markBytes + offset * (layer.encoding === "utf-8" ? 1 : 2);
}

/** As `originalOffset`, exact for every text: UTF-16 has one unit a character, two for those of 4 bytes in UTF-8. */
export function exactOffset({ bytes, encoding, markBytes }: TextLayer, offset: number): number {
  if (encoding === "utf-8") return markBytes + offset;
  let units = 0;
  for (let at = 0; at < offset; at++) {
    const byte = bytes[at]!;
    if (byte < 0x80 || byte >= 0xc0) units += byte >= 0xf0 ? 2 : 1;
  }
  return markBytes + 2 * units;
}

/** UTF-8 in the encoding of the layer's original. */
export function encodeLike({ encoding }: Pick<TextLayer, "encoding">, text: Uint8Array): Uint8Array {
  if (encoding === "utf-8") return text;
  const units = decodeUtf8(text);
  const bytes = new Uint8Array(2 * units.length);
  const view = viewOf(bytes);
  for (let i = 0; i < units.length; i++) view.setUint16(2 * i, units.charCodeAt(i), encoding === "utf-16le");
  return bytes;
}

/** One character a byte: positions in the string are positions in the bytes. */
export function decodeLatin1(bytes: Uint8Array): string {
  return fromCodeUnits(bytes);
}

/** UTF-8, each broken sequence one U+FFFD; plain ASCII is the fast path. */
export function decodeUtf8(bytes: Uint8Array): string {
  let all = 0;
  for (let i = 0; i < bytes.length; i++) all |= bytes[i]!;
  if (all < 0x80) return fromCodeUnits(bytes);
  const units = new Uint16Array(bytes.length);
  let length = 0;
  for (let at = 0; at < bytes.length; ) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      units[length++] = lead;
      at += 1;
      continue;
    }
    const { codePoint, next } = readSequence(bytes, at);
    if (codePoint > 0xffff) {
      units[length++] = 0xd800 + ((codePoint - 0x10000) >> 10);
      units[length++] = 0xdc00 + ((codePoint - 0x10000) & 0x3ff);
    } else {
      units[length++] = codePoint;
    }
    at = next;
  }
  return fromCodeUnits(units.subarray(0, length));
}

/** UTF-8 bytes of a string; a lone surrogate becomes U+FFFD; plain ASCII is the fast path. */
export function encodeUtf8(text: string): Uint8Array {
  const ascii = new Uint8Array(text.length);
  let all = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    ascii[i] = unit;
    all |= unit;
  }
  if (all < 0x80) return ascii;
  const bytes = new Uint8Array(text.length * 3);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      bytes[length++] = unit;
      continue;
    }
    const codePoint = isSurrogate(unit) ? pairAt(text, i) : unit;
    if (codePoint > 0xffff) i++;
    length = writeSequence(bytes, length, codePoint);
  }
  return bytes.subarray(0, length);
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff;
}

function pairAt(text: string, index: number): number {
  const codePoint = text.codePointAt(index) ?? REPLACEMENT;
  return codePoint > 0xffff ? codePoint : REPLACEMENT;
}

function writeSequence(bytes: Uint8Array, at: number, codePoint: number): number {
  const tail = codePoint < 0x800 ? 1 : codePoint < 0x10000 ? 2 : 3;
  const leadBits = tail === 1 ? 0xc0 : tail === 2 ? 0xe0 : 0xf0;
  bytes[at] = leadBits | (codePoint >> (6 * tail));
  for (let i = 1; i <= tail; i++) bytes[at + i] = 0x80 | ((codePoint >> (6 * (tail - i))) & 0x3f);
  return at + tail + 1;
}

/**
 * One multi-byte sequence (Unicode 15, table 3-7). A broken one ends before the first byte that cannot
 * continue it, so that this byte is read again as the start of the next character.
 */
function readSequence(bytes: Uint8Array, at: number): { codePoint: number; next: number } {
  const lead = bytes[at]!;
  const tail = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : 1;
  if (lead < 0xc2 || lead > 0xf4) return { codePoint: REPLACEMENT, next: at + 1 };
  // Over-long forms, surrogates and values above U+10FFFF are ruled out by the second byte.
  let low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  let high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  let codePoint = lead & (0x3f >> tail);
  for (let i = 1; i <= tail; i++) {
    const byte = bytes[at + i];
    if (byte === undefined || byte < low || byte > high) return { codePoint: REPLACEMENT, next: at + i };
    codePoint = (codePoint << 6) | (byte & 0x3f);
    low = 0x80;
    high = 0xbf;
  }
  return { codePoint, next: at + tail + 1 };
}

/** `lowIndex` is the place of the low-order byte in each pair: 0 in little endian, 1 in big endian. */
function fromUtf16(bytes: Uint8Array, lowIndex: 0 | 1): Uint8Array {
  const units = new Uint16Array(bytes.length >> 1);
  let all = 0;
  for (let i = 0; i < units.length; i++) {
    const unit = bytes[2 * i + lowIndex]! | (bytes[2 * i + 1 - lowIndex]! << 8);
    units[i] = unit;
    all |= unit;
  }
  return all < 0x80 ? Uint8Array.from(units) : encodeUtf8(fromCodeUnits(units));
}

function fromCodeUnits(units: Uint8Array | Uint16Array): string {
  let text = "";
  for (let at = 0; at < units.length; at += UNITS_PER_CALL) {
    // biome-ignore lint/plugin: so many and no more. apply() takes any array-like; the signature of the standard library asks for a number[].
    text += String.fromCharCode.apply(null, units.subarray(at, at + UNITS_PER_CALL) as unknown as number[]);
  }
  return text;
}

/** Places of the layer as places of what it was made from. */
export function inOriginal(layer: TextLayer, splices: readonly Splice[]): readonly Splice[] {
  return splices.map(({ start, end, bytes }) => ({
    start: exactOffset(layer, start),
    end: exactOffset(layer, end),
    bytes: encodeLike(layer, bytes),
  }));
}
