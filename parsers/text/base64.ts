/**
 * Base64 as it is met in NVRAM dumps, read twice: leniently, for people, and exactly as varstored does it,
 * for the verdict.
 */
import { ascii } from "../bytes.ts";
import type { Base64Oddity } from "../model.ts";
import type { Platform } from "../platform.ts";
import { originalOffset, unwrapText } from "./text-encoding.ts";

/** Values of `CLASSES`: below 64 a digit of the standard alphabet, from `URL_SAFE` on one that stands in for it. */
const PAD = 0x40;
const WHITE = 0x41;
const URL_SAFE = 0x80;
const JUNK = 0xff;
const DIGIT_BITS = 0x3f;

const LF = 0x0a;
const CR = 0x0d;
const EQUALS = 0x3d;

const DIGITS = ascii("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const CLASSES: Uint8Array = classTable();

function classTable(): Uint8Array {
  const classes = new Uint8Array(256).fill(JUNK);
  for (const [value, digit] of DIGITS.entries()) classes[digit] = value;
  classes["-".charCodeAt(0)] = URL_SAFE | 62;
  classes["_".charCodeAt(0)] = URL_SAFE | 63;
  classes[EQUALS] = PAD;
  for (const white of " \t\n\v\f\r") classes[white.charCodeAt(0)] = WHITE;
  return classes;
}

/** Standard base64 with padding, on one line without a newline (RFC 4648 §4). */
export function encodeBase64(bytes: Uint8Array): Uint8Array {
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  let at = 0;
  for (let i = 0; i < bytes.length; i += 3) {
    const [first = 0, second = 0, third = 0] = [bytes[i], bytes[i + 1], bytes[i + 2]];
    const group = (first << 16) | (second << 8) | third;
    text[at++] = DIGITS[group >> 18]!;
    text[at++] = DIGITS[(group >> 12) & DIGIT_BITS]!;
    text[at++] = i + 1 < bytes.length ? DIGITS[(group >> 6) & DIGIT_BITS]! : EQUALS;
    text[at++] = i + 2 < bytes.length ? DIGITS[group & DIGIT_BITS]! : EQUALS;
  }
  return text;
}

/** What a lenient reader makes of a text. */
export interface LenientBase64 {
  readonly bytes: Uint8Array;
  /** In the order of their declaration; empty for one line of padded standard base64. */
  readonly oddities: readonly Base64Oddity[];
  /** Byte of the text where reading stopped or, for a lone last digit, where it lost bits; null where all was read. */
  readonly junkOffset: number | null;
}

/**
 * Decodes what people paste and save: byte order mark, UTF-16, white space anywhere, CRLF, missing padding, the
 * alphabet of RFC 4648 §5. Stops at the first thing that fits nowhere and keeps what stood before it. Never throws.
 */
export function decodeLeniently(text: Uint8Array, platform: Pick<Platform, "decodeBase64">): LenientBase64 {
  const layer = unwrapText(text);
  const clean = platformDecoded(layer.bytes, platform);
  const read = clean ?? decodeDigits(layer.bytes);
  if (clean !== null && layer.bytes === text) return clean;
  const oddities = new Set(read.oddities);
  if (layer.encoding !== "utf-8") oddities.add("utf-16");
  else if (layer.markBytes > 0) oddities.add("byte-order-mark");
  return {
    bytes: read.bytes,
    oddities: ODDITY_ORDER.filter((oddity) => oddities.has(oddity)),
    junkOffset: read.junkOffset === null ? null : originalOffset(layer, read.junkOffset),
  };
}

/** What the digits of a text give, whatever stands between them, from the first digit, the second, the third and the fourth on. */
export function decodeDigitsOnly(text: Uint8Array): readonly Uint8Array[] {
  const digits = text.filter(
    (byte) => CLASSES[byte]! < PAD || (CLASSES[byte]! >= URL_SAFE && CLASSES[byte] !== JUNK),
  );
  return [0, 1, 2, 3].map((from) => decodeDigits(digits.subarray(from)).bytes);
}

const ODDITY_ORDER: readonly Base64Oddity[] = [
  "byte-order-mark",
  "utf-16",
  "leading-space",
  "inner-space",
  "trailing-newline",
  "trailing-space",
  "missing-padding",
  "url-safe-alphabet",
  "junk",
];

/** The fast way, through the platform: canonical text with at most one line end after it; null for any other. */
function platformDecoded(text: Uint8Array, platform: Pick<Platform, "decodeBase64">): LenientBase64 | null {
  const end = text.length - lineEndBytes(text);
  const bytes = platform.decodeBase64(text.subarray(0, end));
  if (bytes === null) return null;
  return { bytes, oddities: end < text.length ? ["trailing-newline"] : [], junkOffset: null };
}

/** Bytes of the one LF or CRLF at the end; 0 where there is none. */
function lineEndBytes(text: Uint8Array): number {
  if (text.at(-1) !== LF) return 0;
  return text.at(-2) === CR ? 2 : 1;
}

/** Where the slow reader stands: what it has read, and what it has seen on the way. */
interface DigitReader {
  readonly out: Uint8Array;
  length: number;
  digits: number;
  pads: number;
  group: number;
  lastDigitAt: number;
  /** Start of the white space that has just been read; -1 where something else was. */
  whiteFrom: number;
  readonly oddities: Set<Base64Oddity>;
}

function decodeDigits(text: Uint8Array): LenientBase64 {
  const reader: DigitReader = {
    out: new Uint8Array(Math.ceil((text.length * 3) / 4)),
    length: 0,
    digits: 0,
    pads: 0,
    group: 0,
    lastDigitAt: 0,
    whiteFrom: -1,
    oddities: new Set(),
  };
  let at = 0;
  while (at < text.length && takeCharacter(reader, CLASSES[text[at]!]!, at)) at++;
  const stopped = at < text.length;
  if (stopped) reader.oddities.add("junk");
  else if (reader.whiteFrom >= 0) reader.oddities.add(trailingOddity(text, reader.whiteFrom));
  const lostAt = finishGroup(reader, stopped);
  return {
    bytes: reader.out.subarray(0, reader.length),
    oddities: [...reader.oddities],
    junkOffset: stopped ? at : lostAt,
  };
}

/** False where the character fits nowhere; it is then not consumed. */
function takeCharacter(reader: DigitReader, kind: number, at: number): boolean {
  if (kind === WHITE) {
    if (reader.whiteFrom < 0) reader.whiteFrom = at;
    return true;
  }
  const fits = kind === PAD ? reader.pads < padsDue(reader.digits) : kind !== JUNK && reader.pads === 0;
  if (!fits) return false;
  if (reader.whiteFrom >= 0) reader.oddities.add(reader.digits === 0 ? "leading-space" : "inner-space");
  reader.whiteFrom = -1;
  if (kind === PAD) reader.pads++;
  else takeDigit(reader, kind, at);
  return true;
}

function takeDigit(reader: DigitReader, kind: number, at: number): void {
  if (kind >= URL_SAFE) reader.oddities.add("url-safe-alphabet");
  reader.group = (reader.group << 6) | (kind & DIGIT_BITS);
  reader.digits++;
  reader.lastDigitAt = at;
  if (reader.digits % 4 !== 0) return;
  reader.out[reader.length++] = reader.group >> 16;
  reader.out[reader.length++] = reader.group >> 8;
  reader.out[reader.length++] = reader.group;
  reader.group = 0;
}

/** Padding that completes the last group; none fits after a whole group or after a single digit. */
function padsDue(digits: number): number {
  return digits % 4 < 2 ? 0 : 4 - (digits % 4);
}

/** The bytes of a group of two or three digits. Returns the place of a single last digit, which makes no byte. */
function finishGroup(reader: DigitReader, stopped: boolean): number | null {
  const left = reader.digits % 4;
  if (left === 2) reader.out[reader.length++] = reader.group >> 4;
  if (left === 3) {
    reader.out[reader.length++] = reader.group >> 10;
    reader.out[reader.length++] = reader.group >> 2;
  }
  if (!stopped && reader.pads < padsDue(reader.digits)) reader.oddities.add("missing-padding");
  if (left !== 1) return null;
  reader.oddities.add("junk");
  return reader.lastDigitAt;
}

function trailingOddity(text: Uint8Array, from: number): Base64Oddity {
  return lineEndBytes(text) === text.length - from ? "trailing-newline" : "trailing-space";
}

/** B64_BLOCK_SIZE of OpenSSL's crypto/evp/bio_b64.c: characters that its filter reads at a time. */
const BIO_BLOCK_CHARACTERS = 1024;

/**
 * The bytes that varstored gets from a record's text (xapidb-lib.c, xapidb_init): OpenSSL's base64 filter with
 * BIO_FLAGS_BASE64_NO_NL, as of OpenSSL 1.1.1 to 3.0. Nothing reports a decoding error: there are only fewer bytes,
 * which its loader refuses then.
 */
export function decodeAsDaemon(text: Uint8Array, platform: Platform): Uint8Array {
  return platformDecoded(text, platform)?.bytes ?? readThroughBio(text);
}

/** bio_b64.c, b64_read: blocks are decoded one by one, and the first that fails ends it. */
function readThroughBio(text: Uint8Array): Uint8Array {
  const terminator = text.indexOf(0); // strlen() ends there
  const length = terminator < 0 ? text.length : terminator;
  const out = new Uint8Array(Math.floor((length * 3) / 4));
  let written = 0;
  for (let at = 0; at < length; at += BIO_BLOCK_CHARACTERS) {
    const whole = Math.min(length - at, BIO_BLOCK_CHARACTERS) & ~3; // up to three characters at the end are lost
    const block = text.subarray(at, at + whole);
    const decoded = decodeBlock(block);
    // Padding is looked for at the end of the block, white space included: after it, it counts as zero bytes.
    const pads = block.at(-1) !== EQUALS ? 0 : block.at(-2) !== EQUALS ? 1 : 2;
    const count = (decoded?.length ?? 0) - pads;
    if (decoded === null || count <= 0) break;
    out.set(decoded.subarray(0, count), written);
    written += count;
  }
  return out.subarray(0, written);
}

/** encode.c, EVP_DecodeBlock: null where it answers -1. `=` has the value 0 wherever it stands. */
function decodeBlock(block: Uint8Array): Uint8Array | null {
  let start = 0;
  let end = block.length;
  while (start < end && isBlank(block[start]!)) start++;
  while (end - start > 3 && isStrippedAtEnd(block[end - 1]!)) end--;
  if ((end - start) % 4 !== 0) return null;
  const out = new Uint8Array(((end - start) / 4) * 3);
  for (let at = start, to = 0; at < end; at += 4, to += 3) {
    let group = 0;
    for (let i = 0; i < 4; i++) {
      const kind = CLASSES[block[at + i]!]!;
      if (kind > PAD) return null;
      group = (group << 6) | (kind & DIGIT_BITS);
    }
    out[to] = group >> 16;
    out[to + 1] = group >> 8;
    out[to + 2] = group;
  }
  return out;
}

/** B64_WS of encode.c. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || byte === 0x09;
}

/** B64_NOT_BASE64 of encode.c: B64_WS, B64_EOLN, B64_CR and B64_EOF, which is a hyphen. */
function isStrippedAtEnd(byte: number): boolean {
  return isBlank(byte) || byte === LF || byte === CR || byte === 0x2d;
}
