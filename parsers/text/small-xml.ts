/**
 * Small, well-formed XML as a tree: read by xml2js, after its size, depth and number of parts were bounded and document types
 * refused, so that no entity but those of XML itself can stand in it. What XML xapi writes is read by `xml-scanner.ts` instead.
 */
import { Parser } from "xml2js/lib/parser.js";
import { ascii, hasBytesAt } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import { decodeUtf8 } from "./text-encoding.ts";
import { indexOfBytes } from "./xml-scanner.ts";

export interface XmlElement {
  /** Of its name; "" where it has none. */
  readonly namespace: string;
  /** The name without its prefix. */
  readonly name: string;
  /** By their names without prefix; of two that differ in their prefix alone the last. */
  readonly attributes: ReadonlyMap<string, string>;
  /** Without that of its children. */
  readonly text: string;
  /** By name; of one name in the order of the document. */
  readonly children: ReadonlyMap<string, readonly XmlElement[]>;
}

/** Where xml2js puts what is no child: names that no element can have. */
const ATTRIBUTES = "#attributes";
const TEXT = "#text";
const NAMESPACE = `${ATTRIBUTES}ns`;

/**
 * The root element; `bytes` is UTF-8, whatever its declaration says. Throws ParseError `truncated`, `bad-structure`, `dtd-refused`
 * and `over-limit`.
 */
export function readSmallXml(bytes: Uint8Array): XmlElement {
  checkShape(bytes);
  const text = decodeUtf8(bytes);
  const outcome: { error: Error | null; result: unknown } = { error: null, result: null };
  const parser = new Parser({
    attrkey: ATTRIBUTES,
    charkey: TEXT,
    xmlns: true,
    explicitArray: true,
    tagNameProcessors: [withoutPrefix],
  });
  try {
    parser.parseString(text, (error, result) => {
      // What comes behind the first of them, such as the rest of a broken document, tells nothing more.
      outcome.error ??= error;
      outcome.result ??= result;
    });
  } catch (thrown) {
    throw malformed(thrown instanceof Error ? thrown.message : "");
  }
  const { error, result } = outcome;
  if (error !== null) throw malformed(error.message);
  if (!isObject(result)) throw malformed("no element");
  const [root] = Object.entries(result);
  if (root === undefined) throw malformed("no element");
  return elementOf(root[0], root[1]);
}

function withoutPrefix(name: string): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Recursion is bounded: `checkShape` has checked the depth. */
function elementOf(name: string, value: unknown): XmlElement {
  if (!isObject(value)) {
    return { namespace: "", name, attributes: new Map(), text: textOf(value), children: new Map() };
  }
  const attributes = new Map<string, string>();
  const children = new Map<string, readonly XmlElement[]>();
  for (const [key, held] of Object.entries(value)) {
    if (key === ATTRIBUTES) {
      for (const attribute of isObject(held) ? Object.values(held) : []) {
        if (isObject(attribute)) attributes.set(textOf(attribute["local"]), textOf(attribute["value"]));
      }
    } else if (Array.isArray(held)) {
      children.set(
        key,
        held.filter(isElement).map((child) => elementOf(key, child)),
      );
    }
  }
  const namespace = value[NAMESPACE];
  return {
    namespace: isObject(namespace) ? textOf(namespace["uri"]) : "",
    name,
    attributes,
    text: textOf(value[TEXT]),
    children,
  };
}

/** Of an element called `__proto__`, or as a method of every object, xml2js takes what all objects inherit for the first one. */
function isElement(value: unknown): value is Readonly<Record<string, unknown>> {
  return isObject(value) && value !== Object.prototype;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** What sax says: a sentence, then lines with the place. */
function malformed(message: string): ParseError {
  const [what = ""] = message.split("\n", 1);
  const [, line, column] = /^Line: (\d+)\nColumn: (\d+)$/m.exec(message) ?? [];
  const place =
    line === undefined ? "" : ` in line ${Number(line) + 1}, before character ${Number(column) + 1}`;
  return new ParseError({
    code: "bad-structure",
    expected: "well-formed XML",
    found: `something else${place}${what === "" ? "" : ` (${what.slice(0, MESSAGE_SHOWN)})`}`,
    next: NEXT,
  });
}

function malformedAt(offset: number, expected: string, found: string): ParseError {
  return new ParseError({ code: "bad-structure", offset, expected, found, next: NEXT });
}

const MESSAGE_SHOWN = 100;
const NEXT = "The file was damaged or edited: copy or export it again.";

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const QUOTES: ReadonlySet<number> = new Set([0x22, 0x27]);
/** What stands between two marks and is no element. */
const SECTIONS: readonly (readonly [start: Uint8Array, end: Uint8Array, name: string])[] = [
  [ascii("<!--"), ascii("-->"), "a comment"],
  [ascii("<![CDATA["), ascii("]]>"), "a CDATA section"],
  [ascii("<?"), ascii("?>"), "a processing instruction"],
];
const DECLARATION = ascii("<!");

/** One walk over the tags, before anything is made of them. */
function checkShape(bytes: Uint8Array): void {
  const {
    maxSmallXmlTagBytes,
    maxSmallXmlElements,
    maxSmallXmlDepth,
    maxSmallXmlAttributes,
    maxSmallXmlAttributesPerElement,
  } = PARSER_LIMITS;
  let elements = 0;
  let attributes = 0;
  let depth = 0;
  for (let at = bytes.indexOf(LESS); at >= 0; at = bytes.indexOf(LESS, at)) {
    const section = SECTIONS.find(([start]) => hasBytesAt(bytes, at, start));
    if (section !== undefined) {
      const [start, end, name] = section;
      const found = indexOfBytes(bytes, end, at + start.length);
      if (found < 0) throw cut(bytes, `the end of ${name}`);
      at = found + end.length;
      continue;
    }
    if (hasBytesAt(bytes, at, DECLARATION)) throw declared(at);
    const tag = tagAt(bytes, at);
    if (depth === 0 && elements > 0) throw malformedAt(at, "the end of the document", "another element");
    if (tag.kind === "close") {
      depth--;
    } else {
      elements++;
      attributes += tag.attributes;
      if (elements > maxSmallXmlElements)
        throw tooMuch(at, `at most ${maxSmallXmlElements} elements`, "more of them");
      if (tag.attributes > maxSmallXmlAttributesPerElement)
        throw tooMuch(
          at,
          `at most ${maxSmallXmlAttributesPerElement} attributes of one element`,
          "more of them",
        );
      if (attributes > maxSmallXmlAttributes)
        throw tooMuch(at, `at most ${maxSmallXmlAttributes} attributes`, "more of them");
      if (tag.kind === "open") depth++;
      if (depth > maxSmallXmlDepth)
        throw tooMuch(at, `elements at most ${maxSmallXmlDepth} deep`, "one more");
    }
    if (tag.end - at > maxSmallXmlTagBytes)
      throw tooMuch(at, `a tag of at most ${maxSmallXmlTagBytes} bytes`, `one of ${tag.end - at}`);
    at = tag.end;
  }
  if (depth > 0) throw cut(bytes, "the ends of all elements");
}

interface Tag {
  readonly kind: "open" | "close" | "empty";
  readonly attributes: number;
  readonly end: number;
}

function tagAt(bytes: Uint8Array, start: number): Tag {
  let attributes = 0;
  let at = start + 1;
  for (; at < bytes.length && bytes[at] !== GREATER; at++) {
    const byte = bytes[at]!;
    if (byte === EQUALS) attributes++;
    if (!QUOTES.has(byte)) continue;
    at = bytes.indexOf(byte, at + 1);
    if (at < 0) throw cut(bytes, "the end of an attribute");
  }
  if (at >= bytes.length) throw cut(bytes, "the end of a tag");
  const isClose = bytes[start + 1] === SLASH;
  const kind = isClose ? "close" : bytes[at - 1] === SLASH ? "empty" : "open";
  return { kind, attributes, end: at + 1 };
}

function cut(bytes: Uint8Array, expected: string): ParseError {
  return new ParseError({
    code: "truncated",
    offset: bytes.length,
    expected,
    found: "the end of the document",
    next: "The document was cut; copy or export it again.",
  });
}

function declared(offset: number): ParseError {
  return new ParseError({
    code: "dtd-refused",
    offset,
    expected: "XML without a document type declaration",
    found: "<!",
    next: "No writer of such a file makes one; a file that holds one was made by something else.",
  });
}

function tooMuch(offset: number, expected: string, found: string): ParseError {
  return new ParseError({
    code: "over-limit",
    offset,
    expected,
    found,
    next: "Check that this is the right file.",
  });
}
