/** Headers of tar archives, whoever wrote them (POSIX.1-1988; GNU tar manual, "Basic Tar Format"). */
import { ascii, hasBytesAt } from "../bytes.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";

export const TAR_BLOCK_BYTES = 512;

interface Field {
  readonly start: number;
  readonly end: number;
}

const NAME: Field = { start: 0, end: 100 };
const SIZE: Field = { start: 124, end: 136 };
const CHECKSUM: Field = { start: 148, end: 156 };
const TYPE_FLAG_AT = 156;
const LINK_NAME: Field = { start: 157, end: 257 };
/** With the version behind it. */
const MAGIC: Field = { start: 257, end: 265 };
const USTAR = ascii("ustar");
const USTAR_MAGIC = ascii("ustar\0");
const PREFIX: Field = { start: 345, end: 500 };
const SPACE = 0x20;
const ZERO = 0x30;
/** First bit of a number in base 256, which GNU tar writes where octal digits do not suffice. */
const BASE_256 = 0x80;

export interface TarHeader {
  /** Latin-1, as far as the first NUL; the prefix of ustar is left out: no export needs one. */
  readonly name: string;
  readonly size: bigint;
  /** Empty for the NUL of the oldest dialect, which means a file as `0` does. */
  readonly type: string;
}

/**
 * True for a header block, by its checksum: xapi writes archives without the magic `ustar` (its tar library's
 * V7 level), with 7 octal digits and NUL where others write 6 digits, NUL and a space.
 */
export function isTarHeader(block: Uint8Array): boolean {
  return block.length >= TAR_BLOCK_BYTES && checksumOf(block) === readOctal(block, CHECKSUM);
}

/** Null where the block is no header, or tells no size. */
export function readTarHeader(block: Uint8Array): TarHeader | null {
  if (!isTarHeader(block)) return null;
  const size = readSize(block);
  if (size === null) return null;
  const name = decodeLatin1(block.subarray(NAME.start, NAME.end));
  const type = decodeLatin1(block.subarray(TYPE_FLAG_AT, TYPE_FLAG_AT + 1));
  return { name: untilNul(name), size, type: untilNul(type) };
}

/** The name of a member with its folder: ustar keeps what does not fit into 100 bytes in a field of its own. */
export function wholeTarName(block: Uint8Array, name: string): string {
  // GNU tar, whose magic ends in a space, keeps times there.
  if (!hasBytesAt(block, MAGIC.start, USTAR_MAGIC)) return name;
  const prefix = untilNul(decodeLatin1(block.subarray(PREFIX.start, PREFIX.end)));
  return prefix === "" ? name : `${prefix}/${name}`;
}

/** What is put behind the data of a member. */
export function tarPadding(size: number): Uint8Array {
  return new Uint8Array((TAR_BLOCK_BYTES - (size % TAR_BLOCK_BYTES)) % TAR_BLOCK_BYTES);
}

/**
 * The same header for another size of data: the two fields that must change keep the dialect of whoever wrote them,
 * all other bytes stay. Null where the block is no header, or where the number does not fit the field.
 */
export function resizedTarHeader(block: Uint8Array, size: number): Uint8Array | null {
  if (!isTarHeader(block) || readSize(block) === null) return null;
  const header = block.slice(0, TAR_BLOCK_BYTES);
  const isBinary = (block[SIZE.start]! & BASE_256) !== 0;
  if (isBinary) writeBase256(header, size);
  else if (!writeOctal(header, SIZE, size)) return null;
  return writeOctal(header, CHECKSUM, checksumOf(header)) ? header : null;
}

/**
 * The same header without what tells who wrote it: user, group, prefix, and whatever stands where nothing belongs. Name, numbers
 * and dialect stay.
 */
export function namelessTarHeader(block: Uint8Array): Uint8Array {
  const header = block.slice(0, TAR_BLOCK_BYTES);
  const nameEnd = header.indexOf(0);
  if (nameEnd >= 0 && nameEnd < NAME.end) header.fill(0, nameEnd, NAME.end);
  header.fill(0, LINK_NAME.start, LINK_NAME.end);
  const isUstar = hasBytesAt(header, MAGIC.start, USTAR);
  header.fill(0, isUstar ? MAGIC.end : MAGIC.start);
  writeOctal(header, CHECKSUM, checksumOf(header));
  return header;
}

/** Sum of all bytes, the checksum's own counted as spaces. */
function checksumOf(block: Uint8Array): number {
  let sum = SPACE * (CHECKSUM.end - CHECKSUM.start);
  for (let i = 0; i < CHECKSUM.start; i++) sum += block[i]!;
  for (let i = CHECKSUM.end; i < TAR_BLOCK_BYTES; i++) sum += block[i]!;
  return sum;
}

function untilNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

function readSize(block: Uint8Array): bigint | null {
  if ((block[SIZE.start]! & BASE_256) === 0) {
    const size = readOctal(block, SIZE);
    return size === null ? null : BigInt(size);
  }
  let size = BigInt(block[SIZE.start]! & 0x7f);
  for (let at = SIZE.start + 1; at < SIZE.end; at++) size = (size << 8n) | BigInt(block[at]!);
  return size;
}

function writeBase256(header: Uint8Array, size: number): void {
  header.fill(0, SIZE.start, SIZE.end);
  header[SIZE.start] = BASE_256;
  let rest = size;
  for (let at = SIZE.end - 1; rest > 0; at--) {
    header[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

/** Octal digits after optional spaces, ended by NUL, a space or the end of the field; null for anything else. */
function readOctal(bytes: Uint8Array, field: Field): number | null {
  let at = leadingSpaces(bytes, field);
  let value: number | null = null;
  for (; at < field.end; at++) {
    const byte = bytes[at]!;
    if (byte === 0 || byte === SPACE) break;
    if (byte < ZERO || byte > ZERO + 7) return null;
    value = (value ?? 0) * 8 + byte - ZERO;
  }
  return value;
}

function leadingSpaces(bytes: Uint8Array, { start, end }: Field): number {
  let at = start;
  while (at < end && bytes[at] === SPACE) at++;
  return at;
}

/** As wide as the number that stands there, filled up with the same character, and what ends it is kept. */
function writeOctal(bytes: Uint8Array, field: Field, value: number): boolean {
  const firstDigit = leadingSpaces(bytes, field);
  let end = firstDigit;
  while (end < field.end && bytes[end] !== 0 && bytes[end] !== SPACE) end++;
  const text = value.toString(8).padStart(end - field.start, firstDigit > field.start ? " " : "0");
  // One byte more is left to what ends the number.
  if (text.length > end - field.start && field.start + text.length >= field.end) return false;
  for (let i = 0; i < text.length; i++) bytes[field.start + i] = text.charCodeAt(i);
  return true;
}
