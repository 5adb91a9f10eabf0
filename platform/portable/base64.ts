/** Canonical base64, by a table. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const EQUALS = 0x3d;
const NONE = 0xff;
const VALUES: Uint8Array = new Uint8Array(256).fill(NONE);
for (let value = 0; value < DIGITS.length; value++) VALUES[DIGITS.charCodeAt(value)] = value;

/** As Platform.decodeBase64. */
export function decodeBase64(text: Uint8Array): Uint8Array | null {
  const { length } = text;
  if (length % 4 !== 0) return null;
  const pads = text[length - 1] !== EQUALS ? 0 : text[length - 2] !== EQUALS ? 1 : 2;
  const digits = length - pads;
  const bytes = new Uint8Array((length / 4) * 3 - pads);
  let at = 0;
  let group = 0;
  for (let i = 0; i < digits; i++) {
    const value = VALUES[text[i]!]!;
    if (value === NONE) return null;
    group = (group << 6) | value;
    if (i % 4 !== 3) continue;
    bytes[at++] = group >> 16;
    bytes[at++] = group >> 8;
    bytes[at++] = group;
    group = 0;
  }
  if (pads === 1) {
    bytes[at++] = group >> 10;
    bytes[at++] = group >> 2;
  } else if (pads === 2) bytes[at++] = group >> 4;
  return bytes;
}
