/**
 * Values of XML-RPC as xapi writes and reads them (ocaml-rpc src/lib/xmlrpc.ml), with the place of every text, so that
 * a text can be replaced in the document without writing the rest anew.
 */
import { PARSER_LIMITS } from "../limits.ts";
import type { Span } from "../model.ts";
import { decodeUtf8 } from "./text-encoding.ts";
import {
  expectTag,
  isXmlSpace,
  readName,
  readTag,
  readText,
  textBytes,
  unexpectedTag,
  type XmlCursor,
  type XmlTag,
  xmlError,
} from "./xml-scanner.ts";

/** Every scalar: the exporter writes strings, integers and references without a type. `span` is the text's own. */
export interface XmlText {
  readonly kind: "text";
  /** Name of the element that holds the text: `value` where there is no type. */
  readonly element: string;
  readonly span: Span;
}

export interface XmlArray {
  readonly kind: "array";
  readonly items: readonly XmlValue[];
}

export interface XmlStruct {
  readonly kind: "struct";
  readonly members: readonly XmlMember[];
}

export interface XmlMember {
  readonly name: string;
  readonly value: XmlValue;
}

export type XmlValue = XmlText | XmlArray | XmlStruct;

const SCALARS: ReadonlySet<string> = new Set([
  "string",
  "int",
  "i4",
  "i8",
  "boolean",
  "double",
  "dateTime.iso8601",
  "base64",
]);

/** Values of ova.xml around a member of an object: the root, `objects`, the object itself. */
const OBJECT_DEPTH = 3;

/** Name of the next member of a struct; null when `</struct>` has been read. */
export function nextMember(cursor: XmlCursor): string | null {
  const tag = readTag(cursor);
  if (tag.kind === "close" && tag.name === "struct") return null;
  if (tag.kind !== "open" || tag.name !== "member") throw unexpectedTag(tag, "<member> or </struct>");
  return readName(cursor);
}

export function skipMember(cursor: XmlCursor): void {
  readValue(cursor, readTag(cursor), false);
  expectTag(cursor, "close", "member");
}

/** A container that has been entered; `items` of an array, `members` of a struct, whose next name is known. */
interface Frame {
  readonly kind: "array" | "struct";
  readonly items: XmlValue[];
  readonly members: XmlMember[];
  name: string;
}

const NO_TEXT: XmlText = { kind: "text", element: "value", span: { start: 0, end: 0 } };

/**
 * A value whose opening tag has been read. Without `build` it is only stepped over, and what comes back has no meaning.
 * The stack is our own: how deep a document nests must not decide how deep functions call.
 */
export function readValue(cursor: XmlCursor, opening: XmlTag, build: boolean): XmlValue {
  const stack: Frame[] = [];
  let tag = opening;
  for (;;) {
    if (tag.kind === "close" || tag.name !== "value") throw unexpectedTag(tag, "<value>");
    checkLimits(cursor, tag, stack.length, build);
    let value = readContent(cursor, tag, stack);
    for (;;) {
      const frame = stack.at(-1);
      if (frame === undefined) return value ?? NO_TEXT;
      if (value !== null) addValue(cursor, frame, value, build);
      const next = nextOpening(cursor, frame);
      if (next !== null) {
        tag = next;
        break;
      }
      value = closeFrame(cursor, frame);
      stack.pop();
    }
  }
}

/** The opening tag of the next value in a container; null when its end has been read. */
function nextOpening(cursor: XmlCursor, frame: Frame): XmlTag | null {
  if (frame.kind === "array") {
    const tag = readTag(cursor);
    return tag.kind === "close" && tag.name === "data" ? null : tag;
  }
  const name = nextMember(cursor);
  if (name === null) return null;
  frame.name = name;
  return readTag(cursor);
}

function checkLimits(cursor: XmlCursor, tag: XmlTag, depth: number, build: boolean): void {
  const { maxXmlDepth, maxXmlElementsPerObject } = PARSER_LIMITS;
  if (OBJECT_DEPTH + depth >= maxXmlDepth) {
    throw xmlError("over-limit", tag.span.start, `values nested at most ${maxXmlDepth} deep`, "a deeper one");
  }
  if (build && cursor.elements > maxXmlElementsPerObject) {
    const expected = `at most ${maxXmlElementsPerObject} elements in an object`;
    throw xmlError("over-limit", tag.span.start, expected, "more of them");
  }
}

/** What stands in a `<value>`, its closing tag included; null where a container has been entered instead. */
function readContent(cursor: XmlCursor, tag: XmlTag, stack: Frame[]): XmlValue | null {
  const { bytes, at } = cursor;
  if (tag.kind === "empty") return { kind: "text", element: "value", span: { start: at, end: at } };
  if (!startsElement(bytes, at)) return { kind: "text", element: "value", span: readText(cursor, "value") };
  const inner = readTag(cursor);
  const value = readTyped(cursor, inner, stack);
  if (value !== null) expectTag(cursor, "close", "value");
  return value;
}

/** True where only white space stands before an opening tag: white space alone is text, as any other text is. */
function startsElement(bytes: Uint8Array, from: number): boolean {
  let at = from;
  while (isXmlSpace(bytes[at])) at++;
  const next = bytes[at + 1] ?? 0;
  return bytes[at] === 0x3c && next !== 0x2f && next !== 0x21 && next !== 0x3f;
}

function readTyped(cursor: XmlCursor, tag: XmlTag, stack: Frame[]): XmlValue | null {
  const { name, span } = tag;
  const isEmpty = tag.kind === "empty";
  if (name === "struct" || name === "array") {
    if (isEmpty) return closedContainer(name);
    if (name === "array" && !enterData(cursor)) return closedContainer(name);
    stack.push({ kind: name, items: [], members: [], name: "" });
    return null;
  }
  if (name !== "nil" && !SCALARS.has(name)) throw unexpectedTag(tag, "a type of XML-RPC");
  if (isEmpty) return { kind: "text", element: name, span: { start: span.end, end: span.end } };
  return { kind: "text", element: name, span: readText(cursor, name) };
}

function closedContainer(kind: "array" | "struct"): XmlValue {
  return kind === "array" ? { kind, items: [] } : { kind, members: [] };
}

/** False where the array is over already: `<data/>`, or none at all. */
function enterData(cursor: XmlCursor): boolean {
  const tag = readTag(cursor);
  if (tag.name === "array" && tag.kind === "close") return false;
  if (tag.name !== "data" || tag.kind === "close") throw unexpectedTag(tag, "<data>");
  if (tag.kind === "open") return true;
  expectTag(cursor, "close", "array");
  return false;
}

function addValue(cursor: XmlCursor, frame: Frame, value: XmlValue, build: boolean): void {
  if (frame.kind === "struct") expectTag(cursor, "close", "member");
  if (!build) return;
  if (frame.kind === "struct") frame.members.push({ name: frame.name, value });
  else frame.items.push(value);
}

function closeFrame(cursor: XmlCursor, frame: Frame): XmlValue {
  if (frame.kind === "array") expectTag(cursor, "close", "array");
  expectTag(cursor, "close", "value");
  return frame.kind === "array"
    ? { kind: "array", items: frame.items }
    : { kind: "struct", members: frame.members };
}

/** The first member of this name: libxml2's XPath, by which varstored looks a key up, and xapi take the first too. */
export function xmlMember(value: XmlValue | null, name: string): XmlValue | null {
  if (value?.kind !== "struct") return null;
  return value.members.find((member) => member.name === name)?.value ?? null;
}

/** Text of a scalar; null for a container. */
export function xmlString(bytes: Uint8Array, value: XmlValue): string | null {
  return value.kind === "text" ? decodeUtf8(textBytes(bytes, value.span)) : null;
}
