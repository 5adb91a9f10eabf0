/**
 * The two kinds of XML that xapi writes, without what tells whose it is. Not a reader of XML-RPC: a broken document is redacted
 * as well, and whatever is not understood loses its words.
 */
import { ascii, hasBytesAt } from "../bytes.ts";
import type { Span } from "../model.ts";
import { literalText, type PlacedText, placedWriter, xmlText } from "../text/placed-text.ts";
import { decodeLatin1, decodeUtf8 } from "../text/text-encoding.ts";
import { indexOfBytes, isXmlSpace, referenceAt } from "../text/xml-scanner.ts";
import type { DocumentRedaction } from "./redact-values.ts";

const LESS = 0x3c;
const GREATER = 0x3e;
const SECTIONS = [
  { start: ascii("<!--"), end: ascii("-->") },
  { start: ascii("<![CDATA["), end: ascii("]]>") },
] as const;
export const DECLARATION: RegExp =
  /^<\?xml(?: (?:version|encoding|standalone)=["'][\w.-]{1,16}["']){0,3} ?\?>$/;
/** Tags of XML-RPC as the exporter writes them: none has an attribute. */
const PLAIN_TAG =
  /^<\/?(?:value|struct|member|array|data|string|int|i4|i8|boolean|name|double|dateTime\.iso8601|base64|nil) ?\/?>$/;
const NAME_END = ascii("</name>");
/** Longer than any tag that is told by its name. */
const MAX_TAG_BYTES = 64;
/** Names that lead to a value; the exporter nests five deep. */
const MAX_ROUTE = 16;

export interface Token {
  readonly kind: "text" | "tag" | "section";
  readonly span: Span;
}

export function* tokens(bytes: Uint8Array): Generator<Token, void, undefined> {
  for (let at = 0; at < bytes.length; ) {
    const less = bytes.indexOf(LESS, at);
    const end = less < 0 ? bytes.length : less;
    if (end > at) yield { kind: "text", span: { start: at, end } };
    if (less < 0) return;
    const section = SECTIONS.find(({ start }) => hasBytesAt(bytes, less, start));
    const close =
      section === undefined ? bytes.indexOf(GREATER, less) : indexOfBytes(bytes, section.end, less);
    const length = section === undefined ? 1 : section.end.length;
    at = close < 0 ? bytes.length : close + length;
    yield { kind: section === undefined ? "tag" : "section", span: { start: less, end: at } };
  }
}

export function isBlank(bytes: Uint8Array, { start, end }: Span): boolean {
  for (let at = start; at < end; at++) if (!isXmlSpace(bytes[at])) return false;
  return true;
}

/** ova.xml: values by the names of the members that lead to them. */
export function redactOvaXml(document: Uint8Array, redaction: DocumentRedaction): void {
  const names: string[] = [];
  /** Behind the name that was read last. The exporter does not escape names: tags before it are a part of one. */
  let nameEnd = 0;
  for (const { kind, span } of tokens(document)) {
    if (span.start < nameEnd || isBlank(document, span)) continue;
    const tag = kind === "tag" ? headOf(document, span, MAX_TAG_BYTES) : "";
    if (tag === "<name>") {
      const name = nameBehind(document, span.end);
      nameEnd = name.end;
      if (names.length > 0) names[names.length - 1] = decodeUtf8(document.subarray(name.start, name.end));
      redaction.key(literalText(document, name));
    } else if (tag === "<struct>") {
      names.push("");
    } else if (tag === "</struct>") {
      names.pop();
    } else if (kind === "text") {
      const route = names.slice(-MAX_ROUTE).filter((one) => one !== "");
      redaction.value(route, xmlText(document, span));
    } else if (!PLAIN_TAG.test(tag) && !DECLARATION.test(tag)) {
      redactUnknown(document, span, redaction);
    }
  }
}

function nameBehind(document: Uint8Array, start: number): Span {
  const end = indexOfBytes(document, NAME_END, start);
  return { start, end: end < 0 ? document.length : end };
}

export function headOf(document: Uint8Array, { start, end }: Span, limit: number): string {
  return decodeLatin1(document.subarray(start, Math.min(end, start + limit)));
}

/** A comment, a section, a tag that should not be there. */
export function redactUnknown(document: Uint8Array, span: Span, redaction: DocumentRedaction): void {
  const section = SECTIONS.find(({ start }) => hasBytesAt(document, span.start, start));
  const inside = { start: span.start + (section?.start.length ?? 1), end: span.end };
  redaction.text(literalText(document, inside));
}

const ELEMENT = /^<(\w{1,32})/;
const EQUALS = 0x3d;
const QUOTES: readonly number[] = [0x22, 0x27];
/** Names and keys of the schema: the same in every database. */
const SCHEMA_ATTRIBUTES: ReadonlySet<string> = new Set(["table name", "pair key"]);
/** What the database itself writes into every row. */
const OWN_COUNTERS = /^__(?:ctime|mtime)$/;

/** A database of xapi: the values of all attributes, by the names of their columns. */
export function redactDatabase(document: Uint8Array, redaction: DocumentRedaction): void {
  for (const { kind, span } of tokens(document)) {
    if (kind === "tag") redactTag(document, span, redaction);
    else if (!isBlank(document, span)) redactUnknown(document, { ...span, start: span.start - 1 }, redaction);
  }
}

function redactTag(document: Uint8Array, span: Span, redaction: DocumentRedaction): void {
  const head = headOf(document, span, 2 * MAX_TAG_BYTES);
  if (head.startsWith("</") || DECLARATION.test(head)) return;
  const element = ELEMENT.exec(head)?.[1];
  if (element === undefined) {
    redactUnknown(document, span, redaction);
    return;
  }
  for (const { name, value } of attributes(document, {
    start: span.start + 1 + element.length,
    end: span.end,
  })) {
    if (SCHEMA_ATTRIBUTES.has(`${element} ${name}`) || OWN_COUNTERS.test(name)) continue;
    redaction.value([name], columnText(document, value));
  }
}

export interface Attribute {
  readonly name: string;
  readonly value: Span;
}

/** Looked for within the tag alone: a document of tags without attributes is not searched to its end for each. */
export function* attributes(bytes: Uint8Array, { start, end }: Span): Generator<Attribute, void, undefined> {
  const tag = bytes.subarray(0, end);
  for (let at = start; at < end; ) {
    const equals = tag.indexOf(EQUALS, at);
    if (equals < 0) return;
    let open = equals + 1;
    while (isXmlSpace(tag[open])) open++;
    const quote = tag[open];
    if (quote === undefined || !QUOTES.includes(quote)) {
      at = equals + 1;
      continue;
    }
    const close = tag.indexOf(quote, open + 1);
    const valueEnd = close < 0 ? end : close;
    yield { name: decodeLatin1(tag.subarray(at, equals)).trim(), value: { start: open + 1, end: valueEnd } };
    at = valueEnd + 1;
  }
}

const AMPERSAND = 0x26;
const PERCENT = 0x25;
/** Signs of xapi's protection of spaces (xml_spaces.ml): `%` and one of these. */
const PROTECTED = ascii(".tnr%_");
const SPACE = ascii(" ");

/** References resolved; protected spaces are spaces, whichever they are: none of them is ever replaced. */
function columnText(document: Uint8Array, { start, end }: Span): PlacedText | null {
  const writer = placedWriter({ start, end });
  if (writer === null) return null;
  for (let at = start; at < end; ) {
    const reference = document[at] === AMPERSAND ? referenceAt(document.subarray(at, end), 0) : null;
    const isSpace = document[at] === PERCENT && at + 1 < end && PROTECTED.includes(document[at + 1]!);
    if (reference !== null) writer.escaped(reference.text, at);
    else if (isSpace) writer.escaped(SPACE, at);
    else writer.literal(document.subarray(at, at + 1), at);
    at += reference !== null ? reference.end : isSpace ? 2 : 1;
  }
  return writer.finish(end);
}
