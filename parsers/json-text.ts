/** JSON texts as values: depth and number are bounded before anything is built, and errors tell their place. */
import { toHex } from "./bytes.ts";
import { ParseError } from "./errors.ts";
import { findJsonFault } from "./json-fault.ts";
import { PARSER_LIMITS } from "./limits.ts";
import { decodeUtf8, originalOffset, type TextLayer } from "./text-encoding.ts";
import type { RecordMap, RecordValue } from "./vm-record.ts";

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

/** An object as a record of the XenAPI. */
export function recordOfJson(object: JsonObject): RecordMap {
  return new Map(Object.entries(object).map(([name, value]) => [name, recordValue(value)]));
}

function recordValue(value: JsonValue): RecordValue {
  if (isArray(value)) return value.map(recordValue);
  return isObject(value) ? recordOfJson(value) : value;
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

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;

/** Depth and number of values are checked before JSON.parse gets the text, which builds all of them. */
function checkNesting(layer: TextLayer): void {
  const { bytes } = layer;
  const { maxJsonDepth, maxJsonValues } = PARSER_LIMITS;
  let depth = 0;
  let values = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
    } else if (byte === 0x7b || byte === 0x5b) {
      depth++;
      if (depth <= maxJsonDepth) continue;
      throw jsonError("over-limit", layer, at, `JSON nested at most ${maxJsonDepth} deep`, "a deeper value");
    } else if (byte === 0x7d || byte === 0x5d) {
      depth--;
    } else if (byte === COMMA) {
      values++;
      if (values < maxJsonValues) continue;
      throw jsonError(
        "over-limit",
        layer,
        at,
        `at most ${maxJsonValues} values in a JSON text`,
        "more of them",
      );
    }
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
