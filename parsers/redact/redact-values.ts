/** The texts of a document, wherever they stand in it, replaced in their places by others of the same length. */
import { ParseError } from "../errors.ts";
import { EFI_VARIABLES_KEY } from "../nvram/nvram.ts";
import type { Platform } from "../platform.ts";
import { atomInMap, type PlacedText } from "../text/placed-text.ts";
import { type MapAtom, placedAtoms } from "../text/sexpr.ts";
import { decodeLatin1, decodeUtf8, encodeUtf8 } from "../text/text-encoding.ts";
import { keepsKey, keepsValue, keepsWord, keepsWordOfKey } from "./harmless.ts";
import type { Pseudonyms } from "./pseudonyms.ts";
import { redactBase64 } from "./redact-base64.ts";
import { scrubText } from "./scrub-text.ts";

/** Records that hold nothing but certificates (base64 of an archive). */
const CERTIFICATE_FIELDS: ReadonlySet<string> = new Set(["uefi_certificates", "custom_uefi_certificates"]);
const REDACTED_ALREADY = "REMOVED";
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const UNICODE_ESCAPE_BYTES = 6;

export class DocumentRedaction {
  readonly platform: Platform;
  readonly pseudonyms: Pseudonyms;
  /** A copy of the document. */
  readonly bytes: Uint8Array;

  constructor(document: Uint8Array, platform: Platform, pseudonyms: Pseudonyms) {
    this.bytes = document.slice();
    this.platform = platform;
    this.pseudonyms = pseudonyms;
  }

  /** A value; `route` as that of `keepsValue`. Throws ParseError where it cannot be replaced in its place. */
  value(route: readonly string[], placed: PlacedText | null): void {
    const text = this.#textOf(placed);
    if (text === null || placed === null) return;
    const field = route.at(-1) ?? "";
    if (field === EFI_VARIABLES_KEY) {
      if (text !== REDACTED_ALREADY)
        this.#write(placed, redactBase64(placed.bytes, this.platform, this.pseudonyms));
      return;
    }
    if (CERTIFICATE_FIELDS.has(field) || keepsValue(route, text)) return;
    const atoms = text.startsWith("(") ? atomsOf(placed) : null;
    if (atoms === null) this.#scrub(placed);
    else for (const atom of atoms) this.#atom(route, placed, atom);
  }

  /** The name of a member, or a key. */
  key(placed: PlacedText | null): void {
    const text = this.#textOf(placed);
    if (text !== null && placed !== null && !keepsKey(text)) this.#scrub(placed, keepsWordOfKey);
  }

  /** What nobody knows the meaning of. */
  text(placed: PlacedText | null): void {
    if (placed !== null) this.#scrub(placed);
  }

  #textOf(placed: PlacedText | null): string | null {
    if (placed === null) throw tooLong();
    return placed.bytes.length === 0 ? null : decodeUtf8(placed.bytes);
  }

  #atom(route: readonly string[], map: PlacedText, { span, key, isKey }: MapAtom): void {
    const placed = atomInMap(map, span);
    if (isKey) this.key(placed);
    else this.value(key === null ? route : [...route, key], placed);
  }

  #scrub(placed: PlacedText, keeps: (word: string) => boolean = keepsWord): void {
    this.#write(placed, scrubUtf8(placed.bytes, this.pseudonyms, keeps));
  }

  /** Character by character: only what was replaced is written, in the form in which it stands. */
  #write({ bytes, places }: PlacedText, next: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const end = characterEnd(bytes, at);
      if (bytes.subarray(at, end).some((byte, i) => byte !== next[at + i]))
        this.#writeCharacter(next.subarray(at, end), bytes.subarray(at, end), places[at]!, places[end]!);
      at = end;
    }
  }

  #writeCharacter(next: Uint8Array, old: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    if (end - start === next.length) {
      bytes.set(next, start);
    } else if (bytes[start] === BACKSLASH && bytes[start + 1] === LOWER_U) {
      const text = decodeUtf8(next);
      for (let i = 0; i < text.length; i++) {
        const digits = text.charCodeAt(i).toString(16).padStart(4, "0");
        bytes.set(encodeUtf8(digits), start + UNICODE_ESCAPE_BYTES * i + 2);
      }
    } else if (next.length === 1 && bytes[end - 1] === old[0]) {
      bytes[end - 1] = next[0]!;
    } else {
      throw new ParseError({
        code: "bad-encoding",
        offset: start,
        expected: "text that can be replaced byte for byte",
        found: "a reference in place of a letter",
        next: "This document cannot be redacted as it is written: extract the NVRAM, and redact that.",
      });
    }
  }
}

function characterEnd(bytes: Uint8Array, start: number): number {
  let end = start + 1;
  while (end < bytes.length && (bytes[end]! & 0xc0) === 0x80) end++;
  return end;
}

/** Null where the text only looks like a map or a set. */
function atomsOf(placed: PlacedText): readonly MapAtom[] | null {
  try {
    return placedAtoms(decodeLatin1(placed.bytes));
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

/** Of the same length; what is no UTF-8 has no letters that could be kept apart, and loses them all. */
function scrubUtf8(bytes: Uint8Array, pseudonyms: Pseudonyms, keeps: (word: string) => boolean): Uint8Array {
  const scrubbed = encodeUtf8(scrubText(decodeUtf8(bytes), pseudonyms, keeps));
  if (scrubbed.length === bytes.length && isUtf8(bytes)) return scrubbed;
  const plain = decodeLatin1(bytes).replace(/[\u0080-\u00ff]/g, "x");
  return encodeUtf8(scrubText(plain, pseudonyms, keeps));
}

function isUtf8(bytes: Uint8Array): boolean {
  const again = encodeUtf8(decodeUtf8(bytes));
  return again.length === bytes.length && again.every((byte, i) => byte === bytes[i]);
}

function tooLong(): ParseError {
  return new ParseError({
    code: "over-limit",
    expected: "texts that are short enough to be looked through",
    found: "a longer one",
    next: "This document cannot be redacted: extract the NVRAM, and redact that.",
  });
}
