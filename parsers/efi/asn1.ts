/**
 * ASN.1 as OpenSSL's d2i functions take it (crypto/asn1/tasn_dec.c, a_int.c, a_bitstr.c, a_object.c), on which varstored
 * relies: BER more than DER. Lengths may be longer than needed or indefinite, strings may come in pieces, SET OF and
 * SEQUENCE OF may even be marked as primitive; integers and object identifiers must be in their shortest form.
 * Everything here throws ParseError `bad-structure` where d2i fails, and `over-limit`.
 */
import { concatBytes, toHex } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";

/** Tag numbers of the universal class. */
export const UNIVERSAL = {
  BOOLEAN: 1,
  INTEGER: 2,
  BIT_STRING: 3,
  OCTET_STRING: 4,
  NULL: 5,
  OBJECT: 6,
  ENUMERATED: 10,
  UTF8_STRING: 12,
  SEQUENCE: 16,
  SET: 17,
  PRINTABLE_STRING: 19,
  T61_STRING: 20,
  IA5_STRING: 22,
  UTC_TIME: 23,
  GENERALIZED_TIME: 24,
  UNIVERSAL_STRING: 28,
  BMP_STRING: 30,
} as const;

const CONSTRUCTED = 0x20;
const CLASS_MASK = 0xc0;
const CONTEXT_CLASS = 0x80;
const HIGH_TAG = 0x1f;
/** ASN1_MAX_CONSTRUCTED_NEST and ASN1_MAX_STRING_NEST of OpenSSL. */
const DEEPEST_ITEM = 30;
const DEEPEST_STRING = 5;
/** A header's number or length of more bits is refused (INT_MAX, LONG_MAX). */
const LARGEST_TAG = 0x7fffffff;
const NEVER_CONSTRUCTED: ReadonlySet<number> = new Set([
  UNIVERSAL.NULL,
  UNIVERSAL.BOOLEAN,
  UNIVERSAL.OBJECT,
  UNIVERSAL.INTEGER,
  UNIVERSAL.ENUMERATED,
]);

/** Class (the two highest bits of the identifier) and number. */
export interface Tag {
  readonly tagClass: number;
  readonly number: number;
}

/** IMPLICIT [n] and EXPLICIT [n] of a context. */
export function contextTag(number: number): Tag {
  return { tagClass: CONTEXT_CLASS, number };
}

export function universalTag(number: number): Tag {
  return { tagClass: 0, number };
}

interface Header extends Tag {
  readonly constructed: boolean;
  readonly indefinite: boolean;
  /** Of the content. */
  readonly start: number;
  /** End of the content; for an indefinite length the end of what there is. */
  readonly limit: number;
}

/** A value of which nothing but its tag is known beforehand. */
export interface AnyValue extends Tag {
  /** Of a SEQUENCE, a SET and what is not universal the whole element as it stands; else the content, pieces joined, of a BIT STRING its bits. */
  readonly content: Uint8Array;
  /** As i2d_ASN1_TYPE writes it again. */
  readonly encoded: Uint8Array;
}

function malformed(offset: number, expected: string, found: string): ParseError {
  return new ParseError({ code: "bad-structure", path: "asn1", offset, expected, found });
}

/** ASN1_get_object. */
function readHeader(bytes: Uint8Array, at: number, end: number): Header {
  const identifier = at < end ? bytes[at] : undefined;
  if (identifier === undefined) throw malformed(at, "an element", "the end");
  let next = at + 1;
  const take = (): number => {
    const byte = next < end ? bytes[next] : undefined;
    if (byte === undefined) throw malformed(at, "a whole header", "the end");
    next++;
    return byte;
  };
  let number = identifier & HIGH_TAG;
  if (number === HIGH_TAG) {
    number = 0;
    for (let byte = 0x80; byte >= 0x80; ) {
      byte = take();
      number = number * 128 + (byte & 0x7f);
      if (number > LARGEST_TAG) throw malformed(at, "a smaller tag number", `${number}`);
    }
  }
  const constructed = (identifier & CONSTRUCTED) !== 0;
  const first = take();
  const tag = { tagClass: identifier & CLASS_MASK, number, constructed };
  if (first === 0x80) {
    if (!constructed) throw malformed(at, "a definite length", "an indefinite one of a primitive element");
    return { ...tag, indefinite: true, start: next, limit: end };
  }
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  /*
   * asn1_get_length (crypto/asn1/asn1_lib.c) up to 3.0.20 wants one byte behind those of a long form, so that it refuses an empty element
   * at the very end, whatever the number of them (`max < i + 1`). Pull request 30985 for the 3.0 branch took that byte back (`max < i`);
   * Debian's libssl3 3.0.20 refuses such an element, 3.0.22 takes it, and so did the library of the recorded answers.
   */
  let length = first < 0x80 ? first : 0;
  for (let left = lengthBytes; left > 0; left--) {
    length = Math.min(length * 256 + take(), Number.MAX_SAFE_INTEGER);
  }
  if (length > end - next)
    throw malformed(at, `at most ${end - next} bytes of content`, `a length of ${length}`);
  return { ...tag, indefinite: false, start: next, limit: next + length };
}

/**
 * Of an element that may have `length` bytes, `held` alone are known: would a decoder of SEQUENCE read on behind them?
 * Not where they are no SEQUENCE at all, or one that ends among them.
 */
export function mayReadPast(held: Uint8Array, length: number): boolean {
  const identifier = held[0];
  if (identifier === undefined) return true;
  if (identifier !== (UNIVERSAL.SEQUENCE | CONSTRUCTED)) return false;
  try {
    const { limit, indefinite } = readHeader(held, 0, Number.MAX_SAFE_INTEGER);
    return indefinite || (limit > held.length && limit <= length);
  } catch (error) {
    if (error instanceof ParseError) return true;
    throw error;
  }
}

function isEndOfContents(bytes: Uint8Array, at: number, end: number): boolean {
  return end - at >= 2 && bytes[at] === 0 && bytes[at + 1] === 0;
}

/** Walks the content of one element. Each reader takes the next element, or fails. */
export class Asn1Reader {
  readonly bytes: Uint8Array;
  readonly depth: number;
  at: number;
  readonly #end: number;
  /** Of an indefinite length whose end was not met yet. */
  #isOpen: boolean;
  #isClosed = false;

  constructor(
    bytes: Uint8Array,
    at: number = 0,
    end: number = bytes.length,
    isOpen: boolean = false,
    depth: number = 0,
  ) {
    this.bytes = bytes;
    this.at = at;
    this.#end = end;
    this.#isOpen = isOpen;
    this.depth = depth;
    if (depth > DEEPEST_ITEM) throw malformed(at, `at most ${DEEPEST_ITEM} levels`, "more");
  }

  /** Is there another element? Takes the end of an indefinite length. */
  more(): boolean {
    if (this.#isClosed || this.at >= this.#end) return false;
    if (!isEndOfContents(this.bytes, this.at, this.#end)) return true;
    if (!this.#isOpen) throw malformed(this.at, "an element", "an end of contents");
    this.at += 2;
    this.#isOpen = false;
    this.#isClosed = true;
    return false;
  }

  /** All must have been read, and an indefinite length must have ended. */
  close(): void {
    if (this.more()) throw malformed(this.at, "the end of the element", "more");
    if (this.#isOpen) throw malformed(this.at, "an end of contents", "the end");
  }

  peek(): Header {
    return readHeader(this.bytes, this.at, this.#end);
  }

  /** Whether the next element has this tag. */
  has({ tagClass, number }: Tag): boolean {
    if (!this.more()) return false;
    const next = this.peek();
    return next.tagClass === tagClass && next.number === number;
  }

  header({ tagClass, number }: Tag): Header {
    const header = this.peek();
    if (header.tagClass === tagClass && header.number === number) return header;
    throw malformed(this.at, `tag ${tagClass}/${number}`, `${header.tagClass}/${header.number}`);
  }

  inside({ start, limit, indefinite }: Header): Asn1Reader {
    return new Asn1Reader(this.bytes, start, limit, indefinite, this.depth + 1);
  }
}

/** The next element if it has this tag, else null. */
export function optional<T>(
  reader: Asn1Reader,
  tag: Tag,
  read: (reader: Asn1Reader, tag: Tag) => T,
): T | null {
  return reader.has(tag) ? read(reader, tag) : null;
}

const SEQUENCE = universalTag(UNIVERSAL.SEQUENCE);
const SET = universalTag(UNIVERSAL.SET);

export function readSequence<T>(reader: Asn1Reader, read: (inner: Asn1Reader) => T, tag: Tag = SEQUENCE): T {
  const header = reader.header(tag);
  if (!header.constructed) throw malformed(reader.at, "a constructed element", "a primitive one");
  const inner = reader.inside(header);
  const value = read(inner);
  inner.close();
  reader.at = inner.at;
  return value;
}

/** EXPLICIT tagging: exactly one element inside, which cannot be missing. */
export function readExplicit<T>(reader: Asn1Reader, tag: Tag, read: (inner: Asn1Reader) => T): T {
  const header = reader.header(tag);
  if (!header.constructed) throw malformed(reader.at, "a constructed element", "a primitive one");
  const inner = new Asn1Reader(reader.bytes, header.start, header.limit, header.indefinite, reader.depth);
  const value = read(inner);
  inner.close();
  reader.at = inner.at;
  return value;
}

function readList<T>(
  reader: Asn1Reader,
  read: (inner: Asn1Reader) => T,
  tag: Tag,
  limit: number,
  what: string,
): T[] {
  const inner = reader.inside(reader.header(tag));
  const values: T[] = [];
  while (inner.more()) {
    if (values.length >= limit) {
      const expected = `at most ${limit} ${what}`;
      throw new ParseError({ code: "over-limit", path: "asn1", offset: inner.at, expected, found: "more" });
    }
    values.push(read(inner));
  }
  inner.close();
  reader.at = inner.at;
  return values;
}

export function readSequenceOf<T>(
  reader: Asn1Reader,
  read: (inner: Asn1Reader) => T,
  tag: Tag = SEQUENCE,
  limit: number = PARSER_LIMITS.maxDerElements,
  what = "elements",
): T[] {
  return readList(reader, read, tag, limit, what);
}

export function readSetOf<T>(
  reader: Asn1Reader,
  read: (inner: Asn1Reader) => T,
  tag: Tag = SET,
  limit: number = PARSER_LIMITS.maxDerElements,
  what = "elements",
): T[] {
  return readList(reader, read, tag, limit, what);
}

/** A primitive type, `as` another tag where it is tagged implicitly: its content, pieces joined. */
function readPrimitive(reader: Asn1Reader, type: number, tag: Tag): Uint8Array {
  if (reader.depth + 1 > DEEPEST_ITEM) throw malformed(reader.at, `at most ${DEEPEST_ITEM} levels`, "more");
  const header = reader.header(tag);
  if (!header.constructed) {
    reader.at = header.limit;
    return checkContent(reader.bytes.subarray(header.start, header.limit), type, header.start);
  }
  if (NEVER_CONSTRUCTED.has(type)) throw malformed(reader.at, "a primitive element", "a constructed one");
  const { content, end } = collect(reader.bytes, header, 0);
  reader.at = end;
  return checkContent(content, type, header.start);
}

/** asn1_collect: the pieces of a string, whatever their tags say. */
function collect(
  bytes: Uint8Array,
  header: Header,
  depth: number,
): { readonly content: Uint8Array; readonly end: number } {
  const pieces: Uint8Array[] = [];
  let { start: at, indefinite: isOpen } = header;
  while (at < header.limit) {
    if (isEndOfContents(bytes, at, header.limit)) {
      if (!isOpen) throw malformed(at, "an element", "an end of contents");
      isOpen = false;
      at += 2;
      break;
    }
    const piece = readHeader(bytes, at, header.limit);
    if (!piece.constructed) {
      pieces.push(bytes.subarray(piece.start, piece.limit));
      at = piece.limit;
      continue;
    }
    if (depth >= DEEPEST_STRING) throw malformed(at, `strings of at most ${DEEPEST_STRING} levels`, "more");
    const inner = collect(bytes, piece, depth + 1);
    pieces.push(inner.content);
    at = inner.end;
  }
  if (isOpen) throw malformed(at, "an end of contents", "the end");
  return { content: concatBytes(pieces), end: at };
}

/** asn1_ex_c2i: what the content of each type may be. */
function checkContent(content: Uint8Array, type: number, offset: number): Uint8Array {
  const { length } = content;
  const fail = (expected: string): ParseError => malformed(offset, expected, `${length} bytes`);
  switch (type) {
    case UNIVERSAL.NULL:
      if (length !== 0) throw fail("an empty NULL");
      break;
    case UNIVERSAL.BOOLEAN:
      if (length !== 1) throw fail("a BOOLEAN of one byte");
      break;
    case UNIVERSAL.INTEGER:
    case UNIVERSAL.ENUMERATED:
      if (!isShortestInteger(content)) throw fail("an integer in its shortest form");
      break;
    case UNIVERSAL.OBJECT:
      if (!isObjectIdentifier(content)) throw fail("an object identifier");
      break;
    case UNIVERSAL.BIT_STRING:
      return usedBits(content, offset);
    case UNIVERSAL.BMP_STRING:
      if (length % 2 !== 0) throw fail("whole characters of 2 bytes");
      break;
    case UNIVERSAL.UNIVERSAL_STRING:
      if (length % 4 !== 0) throw fail("whole characters of 4 bytes");
      break;
    default:
  }
  return content;
}

function isShortestInteger(content: Uint8Array): boolean {
  const [first, second] = content;
  if (first === undefined) return false;
  if (second === undefined || (first !== 0 && first !== 0xff)) return true;
  return first >> 7 !== second >> 7;
}

/** Every number in its shortest form, the last one whole. */
function isObjectIdentifier(content: Uint8Array): boolean {
  const last = content.at(-1);
  if (last === undefined || last >= 0x80) return false;
  return content.every((byte, i) => byte !== 0x80 || (content[i - 1] ?? 0) >= 0x80);
}

/** The content of a BIT STRING with its unused bits cleared, as OpenSSL keeps it. */
function usedBits(content: Uint8Array, offset: number): Uint8Array {
  const unused = content[0];
  if (unused === undefined || unused > 7)
    throw malformed(offset, "0 to 7 unused bits", `${unused ?? "none"}`);
  const last = content.at(-1) ?? 0;
  const cleared = last & (0xff << unused);
  if (content.length < 2) return Uint8Array.of(0);
  if (cleared === last) return content;
  const copy = Uint8Array.from(content);
  copy[content.length - 1] = cleared;
  return copy;
}

/** The content of a string or of another primitive type; `tag` where it is tagged implicitly. */
export function readString(reader: Asn1Reader, type: number, tag: Tag = universalTag(type)): Uint8Array {
  return readPrimitive(reader, type, tag);
}

/** Content octets, in their shortest form. */
export function readInteger(reader: Asn1Reader, tag: Tag = universalTag(UNIVERSAL.INTEGER)): Uint8Array {
  return readPrimitive(reader, UNIVERSAL.INTEGER, tag);
}

/** The content of an object identifier in hexadecimal. */
export function readObject(reader: Asn1Reader, tag: Tag = universalTag(UNIVERSAL.OBJECT)): string {
  return toHex(readPrimitive(reader, UNIVERSAL.OBJECT, tag));
}

/** The bits without the count of unused ones in front. */
export function readBits(reader: Asn1Reader, tag: Tag = universalTag(UNIVERSAL.BIT_STRING)): Uint8Array {
  return readPrimitive(reader, UNIVERSAL.BIT_STRING, tag).subarray(1);
}

/** One of several universal types (ASN1_ITYPE_MSTRING). */
export function readOneOf(reader: Asn1Reader, types: ReadonlySet<number>): AnyValue {
  const { tagClass, number } = reader.peek();
  if (tagClass !== 0 || !types.has(number))
    throw malformed(reader.at, "another type", `tag ${tagClass}/${number}`);
  return readAny(reader);
}

export function readAny(reader: Asn1Reader): AnyValue {
  const header = reader.peek();
  const { tagClass, number } = header;
  const isKept = tagClass !== 0 || number === UNIVERSAL.SEQUENCE || number === UNIVERSAL.SET;
  if (!isKept) {
    const content = readPrimitive(reader, number, { tagClass, number });
    const encoded = encode(number, content);
    return {
      tagClass,
      number,
      content: number === UNIVERSAL.BIT_STRING ? content.subarray(1) : content,
      encoded,
    };
  }
  if (tagClass === 0 && !header.constructed)
    throw malformed(reader.at, "a constructed element", "a primitive one");
  const { at: start, bytes } = reader;
  reader.at = header.indefinite ? endOfIndefinite(bytes, header) : header.limit;
  const encoded = bytes.subarray(start, reader.at);
  return { tagClass, number, content: encoded, encoded };
}

/** asn1_find_end. */
function endOfIndefinite(bytes: Uint8Array, { start, limit }: Header): number {
  let at = start;
  for (let open = 1; open > 0; ) {
    if (at >= limit) throw malformed(at, "an end of contents", "the end");
    if (isEndOfContents(bytes, at, limit)) {
      open--;
      at += 2;
      continue;
    }
    const header = readHeader(bytes, at, limit);
    if (header.indefinite) open++;
    at = header.indefinite ? header.start : header.limit;
  }
  return at;
}

/** An element in DER, of the universal class where `identifier` is a number of a type. */
export function encode(type: number, content: Uint8Array): Uint8Array {
  const isConstructed = type === UNIVERSAL.SEQUENCE || type === UNIVERSAL.SET;
  const identifier =
    type < HIGH_TAG ? [type | (isConstructed ? CONSTRUCTED : 0)] : [HIGH_TAG, ...base128(type)];
  return concatBytes([Uint8Array.from([...identifier, ...encodedLength(content.length)]), content]);
}

function base128(number: number): number[] {
  const digits = [number % 128];
  for (let rest = Math.floor(number / 128); rest > 0; rest = Math.floor(rest / 128))
    digits.unshift(0x80 | (rest % 128));
  return digits;
}

function encodedLength(length: number): number[] {
  if (length < 0x80) return [length];
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return [0x80 | digits.length, ...digits];
}

/** SET OF as it is written again: its members in the order of their bytes. */
export function encodeSetOf(members: readonly Uint8Array[]): Uint8Array {
  return encode(UNIVERSAL.SET, concatBytes([...members].sort(compareBytes)));
}

/** Shorter ones first where one begins with the other (der_cmp). */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export interface Algorithm {
  /** Object identifier, its content in hexadecimal. */
  readonly algorithm: string;
  readonly parameters: AnyValue | null;
  /** As i2d_X509_ALGOR writes it again. */
  readonly encoded: Uint8Array;
}

/** AlgorithmIdentifier ::= SEQUENCE { algorithm, parameters OPTIONAL } */
export function readAlgorithmIdentifier(reader: Asn1Reader): Algorithm {
  return readSequence(reader, (inner) => {
    const object = readPrimitive(inner, UNIVERSAL.OBJECT, universalTag(UNIVERSAL.OBJECT));
    const parameters = inner.more() ? readAny(inner) : null;
    const parts = [encode(UNIVERSAL.OBJECT, object), ...(parameters === null ? [] : [parameters.encoded])];
    return {
      algorithm: toHex(object),
      parameters,
      encoded: encode(UNIVERSAL.SEQUENCE, concatBytes(parts)),
    };
  });
}
