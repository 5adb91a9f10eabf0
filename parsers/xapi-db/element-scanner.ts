/**
 * Elements and attributes of the XML in which xapi writes its database (xapi ocaml/database/db_xml.ml), taken piece by
 * piece: such a file has hundreds of megabytes, nearly all of them in attributes that nobody asks for. Those pass
 * without being kept.
 */
import { concatBytes } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Platform } from "../platform.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";
import { isXmlSpace, xmlError } from "../text/xml-scanner.ts";

/** What is told of each element, in the order of the document. `depth` of the root is 0. */
export interface ElementEvents {
  /** Its name was read: which of its attributes to keep. */
  readonly start: (name: string, depth: number) => ReadonlySet<string>;
  /** Its tag has ended; values are raw, with their references. Of attributes of the same name the first counts. */
  readonly attributes: (values: ReadonlyMap<string, Uint8Array>, depth: number) => void;
}

type State =
  | "content"
  | "tag-start"
  | "declaration"
  | "instruction"
  | "comment"
  | "element-name"
  | "close-name"
  | "attributes"
  | "attribute-name"
  | "equals"
  | "quote"
  | "value"
  | "empty-end";

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const QUESTION = 0x3f;
const EXCLAMATION = 0x21;
const DASH = 0x2d;
const QUOTES: readonly (number | undefined)[] = [0x22, 0x27];
const BYTE_ORDER_MARK: readonly number[] = [0xef, 0xbb, 0xbf];

/** Bytes of the name of an element, a table's column or a mark of a declaration. */
const MAX_NAME_BYTES = 256;

/** Reads a document in pieces of any size. Keeps the names of the open elements and one tag's kept attributes, no more. */
export class ElementScanner {
  readonly #events: ElementEvents;
  readonly #platform: Pick<Platform, "indexOfByte">;
  readonly #open: string[] = [];
  #state: State = "content";
  /** Bytes of the pieces before the present one. */
  #base = 0;
  #elements = 0;
  #sawRoot = false;
  #name = "";
  #wanted: ReadonlySet<string> = new Set();
  #values = new Map<string, Uint8Array>();
  #attributeCount = 0;
  #quote = 0;
  #parts: Uint8Array[] = [];
  #valueBytes = 0;
  /** The two bytes before the present piece, for the ends of comments and instructions. */
  #before: readonly [number, number] = [0, 0];

  constructor(events: ElementEvents, platform: Pick<Platform, "indexOfByte">) {
    this.#events = events;
    this.#platform = platform;
  }

  /** Takes the next piece; it is not kept beyond the tag that it ends in. Throws ParseError. */
  feed(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) at = this.#step(piece, at);
    this.#base += piece.length;
    const last = piece.at(-1);
    if (last !== undefined) this.#before = [piece.at(-2) ?? this.#before[1], last];
  }

  /** The document has ended. Throws ParseError `truncated` where it was not complete. */
  end(): void {
    if (this.#sawRoot && this.#open.length === 0 && this.#state === "content") return;
    throw xmlError("truncated", this.#base, "the end of the root element", "the end of the document");
  }

  /** Every state takes at least one byte. */
  #step(piece: Uint8Array, at: number): number {
    switch (this.#state) {
      case "content":
        return this.#content(piece, at);
      case "tag-start":
        return this.#tagStart(piece, at);
      case "declaration":
        return this.#declaration(piece, at);
      case "instruction":
        return this.#section(piece, at, [QUESTION]);
      case "comment":
        return this.#section(piece, at, [DASH, DASH]);
      case "value":
        return this.#value(piece, at);
      case "element-name":
      case "close-name":
      case "attribute-name":
        return this.#readName(piece, at);
      default:
        this.#betweenAttributes(piece[at]!, at);
        return at + 1;
    }
  }

  #content(piece: Uint8Array, from: number): number {
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at]!;
      if (byte === LESS) {
        this.#state = "tag-start";
        return at + 1;
      }
      const isMark = byte === BYTE_ORDER_MARK[this.#base + at];
      if (!isXmlSpace(byte) && !isMark) throw this.#unexpected(at, "a tag", "text");
    }
    return piece.length;
  }

  #tagStart(piece: Uint8Array, at: number): number {
    this.#name = "";
    const byte = piece[at];
    if (byte === QUESTION) this.#state = "instruction";
    else if (byte === EXCLAMATION) this.#state = "declaration";
    else if (byte === SLASH) this.#state = "close-name";
    else {
      this.#state = "element-name";
      return this.#readName(piece, at);
    }
    return at + 1;
  }

  #declaration(piece: Uint8Array, at: number): number {
    this.#name += decodeLatin1(piece.subarray(at, at + 1));
    if (this.#name === "--") this.#state = "comment";
    if (this.#name.length < 2 || this.#state === "comment") return at + 1;
    throw new ParseError({
      code: "dtd-refused",
      offset: this.#base + at,
      expected: "XML without declarations and CDATA sections",
      found: "one of them",
      next: "xapi writes none; a file that holds one was made by something else.",
    });
  }

  /** Over a comment or an instruction: up to a `>` behind these bytes. */
  #section(piece: Uint8Array, from: number, mark: readonly number[]): number {
    const end = piece.indexOf(GREATER, from);
    if (end < 0) return piece.length;
    const before = [...this.#before, ...piece.subarray(Math.max(0, end - mark.length), end)];
    if (mark.every((byte, i) => before.at(i - mark.length) === byte)) this.#state = "content";
    return end + 1;
  }

  #readName(piece: Uint8Array, from: number): number {
    let end = from;
    while (end < piece.length && !isNameEnd(piece[end]!)) end++;
    this.#name += decodeLatin1(piece.subarray(from, Math.min(end, from + MAX_NAME_BYTES + 1)));
    if (this.#name.length > MAX_NAME_BYTES) {
      throw this.#overLimit(from, `a name of at most ${MAX_NAME_BYTES} bytes`, "a longer one");
    }
    if (end === piece.length) return end;
    if (this.#name === "") throw this.#unexpected(end, "a name", "none");
    if (this.#state === "attribute-name") this.#countAttribute(end);
    else if (this.#state === "element-name") this.#enter(end);
    else return this.#leave(piece, end);
    // What ended the name is looked at once more, as what it is.
    this.#betweenAttributes(piece[end]!, end);
    return end + 1;
  }

  #enter(at: number): void {
    const { maxXapiDbDepth, maxXapiDbElements } = PARSER_LIMITS;
    const depth = this.#open.length;
    if (depth === 0 && this.#sawRoot) throw this.#unexpected(at, "nothing after the root element", "a tag");
    if (depth >= maxXapiDbDepth) {
      throw this.#overLimit(at, `elements nested at most ${maxXapiDbDepth} deep`, "a deeper one");
    }
    if (++this.#elements > maxXapiDbElements) {
      throw this.#overLimit(at, `at most ${maxXapiDbElements} elements`, "more of them");
    }
    this.#sawRoot = true;
    this.#open.push(this.#name);
    this.#wanted = this.#events.start(this.#name, depth);
    this.#attributeCount = 0;
    this.#state = "attributes";
  }

  #leave(piece: Uint8Array, at: number): number {
    if (isXmlSpace(piece[at])) return at + 1;
    const name = this.#open.pop();
    if (name !== this.#name || piece[at] !== GREATER) {
      throw this.#unexpected(at, name === undefined ? "a start tag" : "the end of an element", "another tag");
    }
    this.#state = "content";
    return at + 1;
  }

  #countAttribute(at: number): void {
    const { maxXapiDbAttributes } = PARSER_LIMITS;
    this.#state = "equals";
    if (++this.#attributeCount <= maxXapiDbAttributes) return;
    throw this.#overLimit(at, `at most ${maxXapiDbAttributes} attributes of one element`, "more of them");
  }

  #betweenAttributes(byte: number, at: number): void {
    if (isXmlSpace(byte) && this.#state !== "empty-end") return;
    if (this.#state === "attributes") this.#attributesByte(byte, at);
    else if (this.#state === "equals" && byte === EQUALS) this.#state = "quote";
    else if (this.#state === "quote" && QUOTES.includes(byte)) {
      this.#quote = byte;
      this.#state = "value";
    } else if (this.#state === "empty-end" && byte === GREATER) {
      this.#endTag();
      this.#open.pop();
    } else throw this.#unexpected(at, "an attribute in quotes, or the end of the tag", "something else");
  }

  #attributesByte(byte: number, at: number): void {
    if (byte === SLASH) this.#state = "empty-end";
    else if (byte === GREATER) this.#endTag();
    else if (isNameEnd(byte))
      throw this.#unexpected(at, "an attribute or the end of the tag", "something else");
    else {
      this.#name = decodeLatin1(Uint8Array.of(byte));
      this.#state = "attribute-name";
    }
  }

  #endTag(): void {
    this.#state = "content";
    const values = this.#values;
    if (values.size > 0) this.#values = new Map();
    this.#events.attributes(values, this.#open.length - 1);
  }

  #value(piece: Uint8Array, at: number): number {
    const { maxXapiDbAttributeBytes } = PARSER_LIMITS;
    const found = this.#platform.indexOfByte(piece, this.#quote, at);
    const end = found < 0 ? piece.length : found;
    this.#valueBytes += end - at;
    if (this.#valueBytes > maxXapiDbAttributeBytes) {
      throw this.#overLimit(at, `at most ${maxXapiDbAttributeBytes} bytes of an attribute`, "more");
    }
    const isKept = this.#wanted.has(this.#name) && !this.#values.has(this.#name);
    if (isKept) this.#parts.push(piece.subarray(at, end));
    if (found < 0) return end;
    if (isKept) this.#values.set(this.#name, concatBytes(this.#parts));
    this.#parts = [];
    this.#valueBytes = 0;
    this.#state = "attributes";
    return end + 1;
  }

  #unexpected(at: number, expected: string, found: string): ParseError {
    return xmlError("bad-structure", this.#base + at, expected, found);
  }

  #overLimit(at: number, expected: string, found: string): ParseError {
    return xmlError("over-limit", this.#base + at, expected, found);
  }
}

function isNameEnd(byte: number): boolean {
  return (
    isXmlSpace(byte) ||
    byte === EQUALS ||
    byte === SLASH ||
    byte === GREATER ||
    byte === LESS ||
    QUOTES.includes(byte)
  );
}
