/** Base64 of a blob, redacted in the layout that it has: line breaks, alphabet and padding stay where they are. */
import { ParseError } from "../errors.ts";
import type { Platform } from "../platform.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { redactBlob } from "./redact-blob.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const PAD = 0x3d;
const GROUP_DIGITS = 4;

const VALUES: ReadonlyMap<number, number> = new Map([
  ...Array.from(ALPHABET, (digit, value) => [digit.charCodeAt(0), value] as const),
  ["-".charCodeAt(0), 62],
  ["_".charCodeAt(0), 63],
]);

/** A new text of the same length. Throws ParseError for one that holds anything but base64 and white space. */
export function redactBase64(text: Uint8Array, platform: Platform, pseudonyms: Pseudonyms): Uint8Array {
  const digits: number[] = [];
  let isPadded = false;
  for (const [at, byte] of text.entries()) {
    if (VALUES.has(byte) && !isPadded) digits.push(at);
    else if (byte === PAD) isPadded = true;
    else if (byte > 0x20) throw notBase64(at, byte);
  }
  const out = text.slice();
  const bytes = decode(
    digits.map((at) => VALUES.get(text[at]!) ?? 0),
    platform,
  );
  const isUrlSafe = digits.some((at) => text[at] === 0x2d || text[at] === 0x5f);
  const redacted = encodeDigits(redactBlob(bytes, pseudonyms));
  // A last digit that is no whole byte stays: it says nothing.
  for (const [i, at] of digits.entries()) {
    const digit = redacted[i];
    if (digit !== undefined) out[at] = digitOf(digit, isUrlSafe);
  }
  return out;
}

/** Whole groups go to the platform's decoder; what is missing of the last one is filled up. */
function decode(values: readonly number[], platform: Platform): Uint8Array {
  const missing = (GROUP_DIGITS - (values.length % GROUP_DIGITS)) % GROUP_DIGITS;
  const whole = missing === 3 ? values.slice(0, -1) : values;
  const padding = missing === 3 ? 0 : missing;
  const text = new Uint8Array(whole.length + padding).fill(PAD);
  for (const [i, value] of whole.entries()) text[i] = ALPHABET.charCodeAt(value);
  // Bits behind the last byte would not be canonical.
  const last = whole.length - 1;
  const spare = padding === 2 ? 0x30 : 0x3c;
  if (padding > 0) text[last] = ALPHABET.charCodeAt((whole[last] ?? 0) & spare);
  const bytes = platform.decodeBase64(text);
  if (bytes === null) throw new TypeError("canonical base64 was not decoded");
  return bytes;
}

function encodeDigits(bytes: Uint8Array): number[] {
  const digits: number[] = [];
  for (let at = 0; at < bytes.length; at += 3) {
    const [a, b, c] = [bytes[at]!, bytes[at + 1], bytes[at + 2]];
    digits.push(a >> 2, ((a & 3) << 4) | ((b ?? 0) >> 4));
    if (b !== undefined) digits.push(((b & 15) << 2) | ((c ?? 0) >> 6));
    if (c !== undefined) digits.push(c & 63);
  }
  return digits;
}

function digitOf(value: number, isUrlSafe: boolean): number {
  const digit = ALPHABET.charCodeAt(value);
  if (!isUrlSafe || value < 62) return digit;
  return value === 62 ? 0x2d : 0x5f;
}

function notBase64(at: number, byte: number): ParseError {
  return new ParseError({
    code: "bad-encoding",
    offset: at,
    expected: "an NVRAM in base64",
    found: `the byte 0x${byte.toString(16)}`,
    next: "What is damaged there cannot be redacted: nobody can tell what it holds.",
  });
}
