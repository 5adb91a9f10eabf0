/** JSON texts as values: depth and number are bounded before anything is built, and errors tell their place. */
import { toHex } from "../bytes.ts";
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { RecordMap, RecordValue } from "../records/vm-record.ts";
import { ARRAY_CLOSE, ARRAY_OPEN, BACKSLASH, COMMA, OBJECT_CLOSE, OBJECT_OPEN, QUOTE } from "./json-bytes.ts";
import { findJsonFault } from "./json-fault.ts";
import { decodeUtf8, originalOffset, type TextLayer } from "./text-encoding.ts";

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [name: string]: JsonValue;
}

export function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isArray(value);
}

/**
 * An object as a record of the XenAPI: texts, numbers, and maps and sets of them. What stands deeper is nobody's business and
 * is left out, because each value may be a million.
 */
export function recordOfJson(object: JsonObject): RecordMap {
  return mapOf(object, (value) => {
    if (isArray(value)) return value.map(scalar);
    return isObject(value) ? mapOf(value, scalar) : value;
  });
}

function mapOf(object: JsonObject, convert: (value: JsonValue) => RecordValue): RecordMap {
  const map = new Map<string, RecordValue>();
  for (const name of Object.keys(object)) map.set(name, convert(object[name]!));
  return map;
}

function scalar(value: JsonValue): RecordValue {
  return typeof value === "object" ? null : value;
}

/** Throws ParseError: `over-limit`, `truncated`, or `bad-structure` where the text is no JSON. */
export function parseJson(layer: TextLayer): JsonValue {
  checkNesting(layer);
  try {
    return JSON.parse(decodeUtf8(layer.bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const fault = findJsonFault(layer.bytes);
    const found = fault === null ? "something else" : describeByte(layer.bytes[fault.at]);
    throw jsonError("bad-structure", layer, fault?.at ?? null, fault?.expected ?? "well-formed JSON", found);
  }
}

function jsonError(
  code: "bad-structure" | "over-limit" | "truncated",
  layer: TextLayer,
  at: number | null,
  expected: string,
  found: string,
): ParseError {
  const next = code === "truncated" ? "The rest is missing: copy the whole text." : "";
  return new ParseError({
    code,
    offset: at === null ? null : originalOffset(layer, at),
    expected,
    found,
    next,
  });
}

function describeByte(byte: number | undefined): string {
  if (byte === undefined) return "the end of the file";
  return byte > 0x20 && byte < 0x7f
    ? `"${String.fromCharCode(byte)}"`
    : `byte 0x${toHex(Uint8Array.of(byte))}`;
}

/** Depth and numbers of values are checked before JSON.parse gets the text, which builds all of them. */
function checkNesting(layer: TextLayer): void {
  const { bytes } = layer;
  const { maxJsonDepth, maxJsonValues, maxJsonMembers } = PARSER_LIMITS;
  const tooMany = (at: number, expected: string): ParseError =>
    jsonError("over-limit", layer, at, expected, "more of them");
  /** Commas of each object around the present place; of an array they are not looked at. */
  const commas = new Uint32Array(maxJsonDepth + 1);
  const isObject = new Uint8Array(maxJsonDepth + 1);
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      continue;
    }
    const isOpening = byte === OBJECT_OPEN || byte === ARRAY_OPEN;
    if (isOpening) {
      depth++;
      if (depth > maxJsonDepth)
        throw jsonError(
          "over-limit",
          layer,
          at,
          `JSON nested at most ${maxJsonDepth} deep`,
          "a deeper value",
        );
      commas[depth] = 0;
      isObject[depth] = byte === OBJECT_OPEN ? 1 : 0;
    } else if (byte === OBJECT_CLOSE || byte === ARRAY_CLOSE) {
      // What is closed too often is no JSON, as its parser says.
      if (depth > 0) depth--;
      continue;
    } else if (byte !== COMMA) continue;
    else if (isObject[depth] === 1 && ++commas[depth]! >= maxJsonMembers)
      throw tooMany(at, `at most ${maxJsonMembers} members in an object`);
    if (++values > maxJsonValues) throw tooMany(at, `at most ${maxJsonValues} values in a JSON text`);
  }
  if (depth > 0)
    throw jsonError("truncated", layer, bytes.length, "the end of the JSON text", "the end of the file");
}

/** Place of the closing quote; the end of the text where there is none. */
function stringEnd(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}
