/**
 * Tags and text of the XML that xapi writes (xapi ocaml-rpc src/lib/xmlrpc.ml), by byte position. Not an XML parser:
 * the exporter does not escape `<name>`, so that a strict one refuses what the host itself takes back.
 */
import { ascii, hasBytesAt } from "./bytes.ts";
import { type ErrorCode, ParseError } from "./errors.ts";
import type { Span } from "./model.ts";
import { decodeLatin1, decodeUtf8, encodeUtf8 } from "./text-encoding.ts";

/** A position in a document; every reader moves it forward or throws ParseError. */
export interface XmlCursor {
  readonly bytes: Uint8Array;
  at: number;
  /** Elements opened since the owner last set this to 0. */
  elements: number;
}

export interface XmlTag {
  readonly name: string;
  readonly kind: "open" | "close" | "empty";
  readonly span: Span;
}

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const AMPERSAND = 0x26;
const SEMICOLON = 0x3b;

/** `dateTime.iso8601` is the longest name of XML-RPC. */
const MAX_TAG_NAME_BYTES = 32;
/** Bytes of `&#x10FFFF;`, the longest reference. */
const MAX_REFERENCE_BYTES = 10;

const COMMENT_START = ascii("<!--");
const COMMENT_END = ascii("-->");
const CDATA_START = ascii("<![CDATA[");
const CDATA_END = ascii("]]>");
const INSTRUCTION_START = ascii("<?");
const INSTRUCTION_END = ascii("?>");
const DECLARATION_START = ascii("<!");
const NAME_START = ascii("<name>");
const NAME_END = ascii("</name>");

/** First place of `needle` at or after `from`; -1 where there is none. */
export function indexOfBytes(bytes: Uint8Array, needle: Uint8Array, from: number): number {
  const first = needle[0]!;
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    if (hasBytesAt(bytes, at, needle)) return at;
  }
  return -1;
}

export function isXmlSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

/** Error at a byte of the document. */
export function xmlError(code: ErrorCode, offset: number, expected: string, found: string): ParseError {
  const next = code === "truncated" ? "The document was cut; copy or export it again." : "";
  return new ParseError({ code, offset, expected, found, next });
}

function cutError(bytes: Uint8Array, expected: string): ParseError {
  return xmlError("truncated", bytes.length, expected, "the end of the document");
}

/** The next tag, over white space, comments and processing instructions. Text in its place is an error. */
export function readTag(cursor: XmlCursor): XmlTag {
  skipMisc(cursor);
  const { bytes, at: start } = cursor;
  if (start >= bytes.length) throw cutError(bytes, "a tag");
  if (bytes[start] !== LESS) throw xmlError("bad-structure", start, "a tag", "text");
  const end = bytes.indexOf(GREATER, start) + 1;
  if (end === 0) throw cutError(bytes, "the end of a tag");
  const isClose = bytes[start + 1] === SLASH;
  const isEmpty = !isClose && bytes[end - 2] === SLASH;
  cursor.at = end;
  if (!isClose) cursor.elements++;
  const name = tagName(bytes, start + (isClose ? 2 : 1), end);
  return { name, kind: isClose ? "close" : isEmpty ? "empty" : "open", span: { start, end } };
}

function tagName(bytes: Uint8Array, start: number, tagEnd: number): string {
  let end = start;
  const limit = Math.min(tagEnd, start + MAX_TAG_NAME_BYTES + 1);
  while (end < limit && bytes[end] !== GREATER && bytes[end] !== SLASH && !isXmlSpace(bytes[end])) end++;
  return decodeLatin1(bytes.subarray(start, end));
}

function skipMisc(cursor: XmlCursor): void {
  const { bytes } = cursor;
  for (;;) {
    while (isXmlSpace(bytes[cursor.at])) cursor.at++;
    if (bytes[cursor.at] !== LESS) return;
    const end = miscEnd(bytes, cursor.at);
    if (end === null) return;
    cursor.at = end;
  }
}

/** End of the comment or processing instruction at `at`; null where a tag stands. A declaration is refused. */
function miscEnd(bytes: Uint8Array, at: number): number | null {
  if (hasBytesAt(bytes, at, COMMENT_START)) return endOf(bytes, at + 4, COMMENT_END, "the end of a comment");
  if (hasBytesAt(bytes, at, INSTRUCTION_START)) {
    return endOf(bytes, at + 2, INSTRUCTION_END, "the end of a processing instruction");
  }
  if (!hasBytesAt(bytes, at, DECLARATION_START) || hasBytesAt(bytes, at, CDATA_START)) return null;
  if (bytes.length - at < CDATA_START.length) throw cutError(bytes, "a tag");
  throw new ParseError({
    code: "dtd-refused",
    offset: at,
    expected: "XML without a document type declaration",
    found: decodeLatin1(bytes.subarray(at, at + CDATA_START.length)),
    next: "xapi writes none; a file that holds one was made by something else.",
  });
}

function cdataEnd(bytes: Uint8Array, at: number): number {
  return endOf(bytes, at + CDATA_START.length, CDATA_END, "the end of a CDATA section");
}

function endOf(bytes: Uint8Array, from: number, needle: Uint8Array, what: string): number {
  const at = indexOfBytes(bytes, needle, from);
  if (at < 0) throw cutError(bytes, what);
  return at + needle.length;
}

/** The next tag, which must be this one. */
export function expectTag(cursor: XmlCursor, kind: XmlTag["kind"], name: string): XmlTag {
  const tag = readTag(cursor);
  if (tag.kind !== kind || tag.name !== name) throw unexpectedTag(tag, showTag(kind, name));
  return tag;
}

export function unexpectedTag(tag: XmlTag, expected: string): ParseError {
  return xmlError("bad-structure", tag.span.start, expected, showTag(tag.kind, tag.name));
}

function showTag(kind: XmlTag["kind"], name: string): string {
  return `<${kind === "close" ? "/" : ""}${name}${kind === "empty" ? "/" : ""}>`;
}

/** Text up to the closing tag of `element`, which is consumed. The span may hold references, comments and CDATA. */
export function readText(cursor: XmlCursor, element: string): Span {
  const { bytes, at: start } = cursor;
  for (;;) {
    const at = bytes.indexOf(LESS, cursor.at);
    if (at < 0) throw cutError(bytes, `</${element}>`);
    cursor.at = at;
    const end = hasBytesAt(bytes, at, CDATA_START) ? cdataEnd(bytes, at) : miscEnd(bytes, at);
    if (end === null) {
      expectTag(cursor, "close", element);
      return { start, end: at };
    }
    cursor.at = end;
  }
}

/**
 * The name of a struct's member, raw: xapi writes it without any escape (xmlrpc.ml, add_member), so whatever stands
 * before the literal `</name>` is the name. A second `<name>` before that means that the first was never closed.
 */
export function readName(cursor: XmlCursor): string {
  const tag = readTag(cursor);
  if (tag.name !== "name" || tag.kind === "close") throw unexpectedTag(tag, "<name>");
  if (tag.kind === "empty") return "";
  const { bytes, at: start } = cursor;
  let at = bytes.indexOf(LESS, start);
  while (at >= 0 && !hasBytesAt(bytes, at, NAME_END) && !hasBytesAt(bytes, at, NAME_START)) {
    at = bytes.indexOf(LESS, at + 1);
  }
  if (at < 0) throw cutError(bytes, "</name>");
  if (!hasBytesAt(bytes, at, NAME_END)) throw xmlError("bad-structure", start, "</name>", "another <name>");
  cursor.at = at + NAME_END.length;
  return decodeUtf8(bytes.subarray(start, at));
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["amp", "&"],
  ["quot", '"'],
  ["apos", "'"],
]);

/** The text of a span: references resolved, comments and CDATA marks taken out. A view where there is none of them. */
export function textBytes(bytes: Uint8Array, span: Span): Uint8Array {
  const raw = bytes.subarray(span.start, span.end);
  if (raw.indexOf(AMPERSAND) < 0 && raw.indexOf(LESS) < 0) return raw;
  const out = new Uint8Array(raw.length); // no construct stands for more bytes than it has
  let length = 0;
  for (let at = 0; at < raw.length; ) {
    const piece = pieceAt(raw, at);
    out.set(piece.text, length);
    length += piece.text.length;
    at = piece.end;
  }
  return out.subarray(0, length);
}

interface Piece {
  readonly text: Uint8Array;
  readonly end: number;
}

const NOTHING = new Uint8Array(0);

function pieceAt(raw: Uint8Array, at: number): Piece {
  if (raw[at] === AMPERSAND) return referenceAt(raw, at) ?? { text: raw.subarray(at, at + 1), end: at + 1 };
  if (raw[at] !== LESS) return { text: raw.subarray(at, plainEnd(raw, at)), end: plainEnd(raw, at) };
  if (!hasBytesAt(raw, at, CDATA_START)) return { text: NOTHING, end: miscEnd(raw, at) ?? raw.length };
  const end = cdataEnd(raw, at);
  return { text: raw.subarray(at + CDATA_START.length, end - CDATA_END.length), end };
}

function plainEnd(raw: Uint8Array, at: number): number {
  let end = at;
  while (end < raw.length && raw[end] !== AMPERSAND && raw[end] !== LESS) end++;
  return end;
}

/** A reference that is known; null leaves its ampersand as it stands. */
function referenceAt(raw: Uint8Array, at: number): Piece | null {
  const end = raw.subarray(at, at + MAX_REFERENCE_BYTES).indexOf(SEMICOLON);
  if (end < 0) return null;
  const name = decodeLatin1(raw.subarray(at + 1, at + end));
  const text = ENTITIES.get(name) ?? numericReference(name);
  return text === null ? null : { text: encodeUtf8(text), end: at + end + 1 };
}

function numericReference(name: string): string | null {
  const match = /^#(?:x([0-9a-fA-F]+)|([0-9]+))$/.exec(name);
  if (match === null) return null;
  const codePoint = match[1] === undefined ? Number(match[2]) : Number.parseInt(match[1], 16);
  return codePoint > 0x10ffff ? null : String.fromCodePoint(codePoint);
}
