/**
 * EFI_GUID on the wire (UEFI 2.10 appendix A): UINT32, UINT16, UINT16 little endian, then 8 bytes as they are.
 * As text it is what RFC 4122 prints, in lower case.
 */
import { HEX } from "../bytes.ts";
import { CACHE_LIMITS } from "../limits.ts";

export const GUID_BYTES = 16;
const GUID_TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Position on the wire of each byte as printed. */
const PRINT_ORDER: readonly number[] = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];

/** Texts that were made before, with the four words that each was made of. A place is taken over by whoever comes next. */
const knownWords = new Int32Array(4 * CACHE_LIMITS.guids);
const knownTexts: string[] = Array.from({ length: CACHE_LIMITS.guids }, () => "");

/** Text of the 16 bytes at `offset`; the caller has checked that they are there. */
export function readGuid(bytes: Uint8Array, offset: number): string {
  const a = wordAt(bytes, offset);
  const b = wordAt(bytes, offset + 4);
  const c = wordAt(bytes, offset + 8);
  const d = wordAt(bytes, offset + 12);
  const place = (a ^ (a >>> 8) ^ b ^ c ^ (d >>> 24)) & (CACHE_LIMITS.guids - 1);
  const at = 4 * place;
  const known = knownTexts[place]!;
  if (
    knownWords[at] === a &&
    knownWords[at + 1] === b &&
    knownWords[at + 2] === c &&
    knownWords[at + 3] === d &&
    known !== ""
  ) {
    return known;
  }
  const text = guidText(bytes, offset);
  knownWords.set([a, b, c, d], at);
  knownTexts[place] = text;
  return text;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

function guidText(bytes: Uint8Array, offset: number): string {
  let text = "";
  for (let i = 0; i < GUID_BYTES; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) text += "-";
    text += HEX[bytes[offset + PRINT_ORDER[i]!]!]!;
  }
  return text;
}

/** The 16 bytes of a GUID in any case. Throws TypeError for a text that is none: that is wrong use, not input. */
export function guidBytes(text: string): Uint8Array {
  const lower = text.toLowerCase();
  if (!GUID_TEXT.test(lower)) throw new TypeError(`not a GUID: ${text}`);
  const hex = lower.replaceAll("-", "");
  const bytes = new Uint8Array(GUID_BYTES);
  PRINT_ORDER.forEach((position, i) => {
    bytes[position] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  });
  return bytes;
}
