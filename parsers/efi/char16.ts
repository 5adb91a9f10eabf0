/**
 * CHAR16 text (UCS-2, little endian), unit by unit: a decoder that replaces lone surrogates could not be inverted.
 */

/** A text that grows by a unit keeps a part of its own for each until somebody reads it: 32 bytes for two. */
const UNITS_AT_ONCE = 1024;

/** Every whole code unit as it is; an odd last byte is left out. */
export function readChar16(bytes: Uint8Array): string {
  if (bytes.length <= 2 * UNITS_AT_ONCE) return shortText(bytes);
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += 2 * UNITS_AT_ONCE) {
    parts.push(shortText(bytes.subarray(at, at + 2 * UNITS_AT_ONCE)));
  }
  return parts.join("");
}

function shortText(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i + 1 < bytes.length; i += 2) {
    text += String.fromCharCode((bytes[i] ?? 0) | ((bytes[i + 1] ?? 0) << 8));
  }
  return text;
}

/** Little endian code units, without a terminating NUL (varstored stores none). */
export function char16Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    bytes[2 * i] = unit & 0xff;
    bytes[2 * i + 1] = unit >> 8;
  }
  return bytes;
}
