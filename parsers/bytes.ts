/** Small helpers over Uint8Array; the only other reader of numbers is DataView itself. */

/** Two digits of each byte. */
export const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, "0"),
);

/** A DataView of exactly these bytes. `bytes.buffer` alone may be a pool that holds other bytes too. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Longest text that is made by joining strings. V8 keeps a longer one as a chain of 16 times its size. */
const MAX_CHAINED_BYTES = 64;
const JOINED_BYTES = 4096;

export function toHex(bytes: Uint8Array): string {
  let text = "";
  if (bytes.length <= MAX_CHAINED_BYTES) {
    for (let i = 0; i < bytes.length; i++) text += HEX[bytes[i]!]!;
    return text;
  }
  for (let start = 0; start < bytes.length; start += JOINED_BYTES)
    text += Array.from(bytes.subarray(start, start + JOINED_BYTES), (byte) => HEX[byte]).join("");
  return text;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

export function isAllZero(bytes: Uint8Array): boolean {
  for (const byte of bytes) if (byte !== 0) return false;
  return true;
}

export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The characters of an ASCII constant as bytes. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** True where `bytes` holds `needle` at `offset`. */
export function hasBytesAt(bytes: Uint8Array, offset: number, needle: Uint8Array): boolean {
  if (offset < 0 || offset + needle.length > bytes.length) return false;
  for (let i = 0; i < needle.length; i++) if (bytes[offset + i] !== needle[i]) return false;
  return true;
}
