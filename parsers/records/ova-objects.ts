/**
 * The objects of ova.xml (xapi ocaml/xapi/export.ml, importexport.ml): a struct whose member `objects` is an array of
 * structs `class`, `id`, `snapshot`. They are read one by one, so that an export of thousands of VMs never stands in
 * memory as a tree, and one broken object does not hide the others.
 */
import { ascii } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import {
  nextMember,
  readValue,
  skipMember,
  type XmlStruct,
  type XmlValue,
  xmlString,
} from "../text/xml-rpc.ts";
import {
  expectTag,
  indexOfBytes,
  readTag,
  unexpectedTag,
  type XmlCursor,
  xmlCursor,
  xmlError,
} from "../text/xml-scanner.ts";

/** One element of `objects` of a class that was asked for. */
export interface XmlObject {
  readonly className: string;
  /** `Ref:` and a number. */
  readonly id: string;
  readonly snapshot: XmlStruct;
}

/** What follows the last object has been read as well. */
const END = "end";

/** How the exporter begins an object; what reading looks for after a broken one. */
const OBJECT_START = ascii("<value><struct><member><name>class</name>");

/**
 * Calls `visit` for every whole object whose class is in `classes`, in document order. Returns the first error, or
 * null: `dtd-refused` ends the reading, after `bad-structure` and `over-limit` it goes on with the next object. An
 * object that ends nowhere is `truncated` only where no other one follows. Offsets are bytes of the document. What
 * `visit` throws is passed on.
 */
export function walkObjects(
  bytes: Uint8Array,
  classes: ReadonlySet<string>,
  visit: (object: XmlObject) => void,
): ParseError | null {
  const cursor = xmlCursor(bytes, 0);
  let firstError: ParseError | null = null;
  let broken = 0;
  let found: XmlObject | ParseError | typeof END | null = attempt(() => enterObjects(cursor));
  for (;;) {
    if (found instanceof ParseError) {
      const place = cursor.at;
      broken++;
      const goesOn = broken <= PARSER_LIMITS.maxBrokenObjects && resynchronise(cursor, found);
      firstError ??= goesOn ? brokenObject(found, place) : found;
      if (!goesOn) return firstError;
    } else if (found === END) {
      return firstError;
    } else if (found !== null) {
      visit(found);
    }
    found = attempt(() => readObject(cursor, classes));
  }
}

function attempt<T>(read: () => T): T | ParseError {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
}

/** Moves to the next object after the place of an error; false where there is none, or where none may be read. */
function resynchronise(cursor: XmlCursor, error: ParseError): boolean {
  if (error.code === "dtd-refused") return false;
  const place = Math.min(error.offset ?? cursor.at, cursor.at);
  const next = indexOfBytes(cursor.bytes, OBJECT_START, place + 1);
  if (next >= 0) cursor.at = next;
  return next >= 0;
}

/** What looks like the end of the document in the middle of it is damage there. */
function brokenObject(error: ParseError, place: number): ParseError {
  return error.code === "truncated" ? xmlError("bad-structure", place, error.expected, "none") : error;
}

/** Up to the first object of the array `objects`. */
function enterObjects(cursor: XmlCursor): null {
  const mark = [0xef, 0xbb, 0xbf].every((byte, i) => cursor.bytes[i] === byte);
  if (mark) cursor.at = 3;
  expectTag(cursor, "open", "value");
  expectTag(cursor, "open", "struct");
  for (let name = nextMember(cursor); name !== "objects"; name = nextMember(cursor)) {
    if (name === null) throw xmlError("bad-structure", cursor.at, "the member `objects`", "</struct>");
    skipMember(cursor);
  }
  expectTag(cursor, "open", "value");
  expectTag(cursor, "open", "array");
  expectTag(cursor, "open", "data");
  return null;
}

/** The next object; null for one that was not asked for; `END` after the last, when the rest was read as well. */
function readObject(cursor: XmlCursor, classes: ReadonlySet<string>): XmlObject | null | typeof END {
  cursor.elements = 0;
  const tag = readTag(cursor);
  if (tag.kind === "close" && tag.name === "data") {
    leaveObjects(cursor);
    return END;
  }
  if (tag.kind !== "open" || tag.name !== "value") throw unexpectedTag(tag, "an object or </data>");
  expectTag(cursor, "open", "struct");
  let className: string | null = null;
  let id = "";
  let snapshot: XmlValue | null = null;
  for (let name = nextMember(cursor); name !== null; name = nextMember(cursor)) {
    const value = readValue(cursor, readTag(cursor), name === "snapshot" && isWanted(classes, className));
    if (name === "class") className = xmlString(cursor.bytes, value);
    if (name === "id") id = xmlString(cursor.bytes, value) ?? "";
    if (name === "snapshot") snapshot = value;
    expectTag(cursor, "close", "member");
  }
  expectTag(cursor, "close", "value");
  if (className === null || !classes.has(className) || snapshot?.kind !== "struct") return null;
  return { className, id, snapshot };
}

/** A class that is not known yet may be one of them: only the exporter's own order puts it first. */
function isWanted(classes: ReadonlySet<string>, className: string | null): boolean {
  return className === null || classes.has(className);
}

/** What the exporter writes after the last object; members that stand there are skipped. */
function leaveObjects(cursor: XmlCursor): void {
  expectTag(cursor, "close", "array");
  expectTag(cursor, "close", "value");
  expectTag(cursor, "close", "member");
  while (nextMember(cursor) !== null) skipMember(cursor);
  expectTag(cursor, "close", "value");
}
