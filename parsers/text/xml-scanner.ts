/**
 * Tags and text of the XML that xapi writes (xapi ocaml-rpc src/lib/xmlrpc.ml), by byte position. Not an XML parser:
 * the exporter does not escape `<name>`, so that a strict one refuses what the host itself takes back.
 */
import { ascii, hasBytesAt } from "../bytes.ts";
import { type ErrorCode, ParseError } from "../errors.ts";
import type { Span } from "../model.ts";
import { decodeLatin1, decodeUtf8, encodeUtf8 } from "./text-encoding.ts";

/** A position in a document; every reader moves it forward or throws ParseError. */
export interface XmlCursor {
  readonly bytes: Uint8Array;
  at: number;
  /** Elements opened since the owner last set this to 0. */
  elements: number;
  /** Sections whose end stands nowhere in the rest: looked for once, else broken documents would cost its square. */
  readonly unended: Set<Section>;
}

export function xmlCursor(bytes: Uint8Array, at: number): XmlCursor {
  return { bytes, at, elements: 0, unended: new Set() };
}

/** What stands between two marks and is no element. */
interface Section {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly name: string;
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

const COMMENT: Section = { start: ascii("<!--"), end: ascii("-->"), name: "a comment" };
const CDATA: Section = { start: ascii("<![CDATA["), end: ascii("]]>"), name: "a CDATA section" };
const INSTRUCTION: Section = { start: ascii("<?"), end: ascii("?>"), name: "a processing instruction" };
const DECLARATION_START = ascii("<!");
/** Bytes of `<!DOCTYPE`, the longest start of a section or declaration. */
const MARK_BYTES = 9;
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
    const section = sectionAt(cursor);
    if (section === null || section === CDATA) return;
    cursor.at = sectionEnd(cursor, section);
  }
}

/** The section that starts here; null where something else does. A declaration is refused. */
function sectionAt(cursor: XmlCursor): Section | null {
  const { bytes, at } = cursor;
  for (const section of [COMMENT, CDATA, INSTRUCTION])
    if (hasBytesAt(bytes, at, section.start)) return section;
  if (!hasBytesAt(bytes, at, DECLARATION_START)) return null;
  if (bytes.length - at < MARK_BYTES) throw cutError(bytes, "a tag");
  const mark = decodeLatin1(bytes.subarray(at, at + MARK_BYTES));
  if (!/^<![A-Z]/.test(mark)) return null;
  throw new ParseError({
    code: "dtd-refused",
    offset: at,
    expected: "XML without a document type declaration",
    found: mark,
    next: "xapi writes none; a file that holds one was made by something else.",
  });
}

function sectionEnd(cursor: XmlCursor, section: Section): number {
  const { bytes, at, unended } = cursor;
  const end = unended.has(section) ? -1 : indexOfBytes(bytes, section.end, at + section.start.length);
  if (end >= 0) return end + section.end.length;
  unended.add(section);
  throw cutError(bytes, `the end of ${section.name}`);
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
    const section = sectionAt(cursor);
    if (section === null) {
      expectTag(cursor, "close", element);
      return { start, end: at };
    }
    cursor.at = sectionEnd(cursor, section);
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
  for (const { text } of textPieces(raw)) {
    out.set(text, length);
    length += text.length;
  }
  return out.subarray(0, length);
}

/** The parts of a raw text, in the ways in which each is written. */
export function* textPieces(raw: Uint8Array): Generator<Piece, void, undefined> {
  for (const cursor = xmlCursor(raw, 0); cursor.at < raw.length; ) {
    const piece = pieceAt(cursor);
    yield piece;
    cursor.at = piece.end;
  }
}

/** What a reference or another construct stands for, and where it ends. `text` is a view of the raw bytes but for references. */
export interface Piece {
  readonly text: Uint8Array;
  readonly end: number;
}

function pieceAt(cursor: XmlCursor): Piece {
  const { bytes: raw, at } = cursor;
  if (raw[at] === AMPERSAND) return referenceAt(raw, at) ?? { text: raw.subarray(at, at + 1), end: at + 1 };
  const section = sectionAt(cursor);
  if (section === null) return { text: raw.subarray(at, plainEnd(raw, at)), end: plainEnd(raw, at) };
  const end = sectionEnd(cursor, section);
  const textEnd = end - section.end.length;
  return { text: raw.subarray(section === CDATA ? at + section.start.length : textEnd, textEnd), end };
}

function plainEnd(raw: Uint8Array, at: number): number {
  let end = at + 1;
  while (end < raw.length && raw[end] !== AMPERSAND && raw[end] !== LESS) end++;
  return end;
}

/** The reference that begins with the `&` at `at`, where it is known; null leaves its ampersand as it stands. */
export function referenceAt(raw: Uint8Array, at: number): Piece | null {
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
