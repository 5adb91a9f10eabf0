/**
 * JSON that holds an NVRAM: a VM's record or several (XenAPI over JSON-RPC, SDK output), the metadata of a Xen
 * Orchestra backup (@xen-orchestra/backups, `vm` and `vmSnapshot`), or an NVRAM map alone.
 */
import { ParseError } from "../errors.ts";
import { type JsonPlace, jsonPlaces, memberPlace } from "../json-places.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { Dump } from "../model.ts";
import { EFI_VARIABLES_KEY, nvramOfMap } from "../nvram.ts";
import { decodeLatin1, decodeUtf8, originalOffset, type TextLayer, unwrapText } from "../text-encoding.ts";
import type { RecordMap, RecordValue } from "../vm-record.ts";
import { addBareNvram, addRecord, checkSize, collectDump, type InputFormat } from "./format.ts";

/** Fields of VM records and of backups; one of them stands near the start of whatever holds an NVRAM. */
const MARKERS =
  /"(?:NVRAM|EFI-variables|name_label|snapshot_metadata|vmSnapshot|scheduleId|allowed_operations|is_a_template)"\s*:/;

const JSON_START = /^\s*(?:\{\s*"|\[\s*[[{])/;
/** White space included that may stand before and between the first two signs. */
const START_BYTES = 1024;

/** Members that say, with a uuid and a name, that an object without NVRAM is a VM's record all the same. */
const RECORD_FIELDS: readonly string[] = ["power_state", "is_a_template"];

/** Members of a backup whose value is a record; they lead the name of the source. */
const PREFIXES: ReadonlySet<string> = new Set(["vm", "vmSnapshot"]);

/** Contents of vTPMs, which are secret (IncrementalRemoteWriter.mjs): never walked into. */
const SECRET_MEMBER = "vtpms";

export const nvramJson: InputFormat = {
  id: "nvram-json",
  title: "JSON with an NVRAM",
  probe: (head) => {
    const { bytes } = unwrapText(head);
    const start = decodeLatin1(bytes.subarray(0, START_BYTES));
    return JSON_START.test(start) && MARKERS.test(decodeLatin1(bytes));
  },
  open: (bytes, platform): Dump =>
    collectDump("nvram-json", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxJsonBytes);
      for (const { kind, object, prefix } of findNvrams(parseJson(unwrapText(bytes)), "", null)) {
        if (kind === "record") addRecord(sink, recordOf(object), prefix, platform);
        else addBareNvram(sink, nvramOfMap(stringsOf(object), platform), prefix);
      }
      const { controlDomains, defaultTemplates } = sink.skipped;
      if (sink.vms.length + controlDomains + defaultTemplates > 0) return null;
      return new ParseError({
        code: "no-nvram",
        expected: "a member NVRAM or EFI-variables",
        found: "JSON without one",
      });
    }),
};

type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

interface JsonObject {
  readonly [name: string]: JsonValue;
}

/** A VM's record, or a map that is an NVRAM by itself. */
interface Found {
  readonly kind: "record" | "nvram";
  readonly object: JsonObject;
  readonly prefix: string;
  /** Of the object; null where nobody asked for places. */
  readonly place: JsonPlace;
}

/** A record or NVRAM of a text, with the place of its strings. */
export interface PlacedRecord {
  readonly kind: Found["kind"];
  readonly record: RecordMap;
  readonly place: JsonPlace;
}

/** Everything that `open` reads, in its order. Throws ParseError as that does. */
export function* placedRecords(layer: TextLayer): Generator<PlacedRecord, void, undefined> {
  const value = parseJson(layer);
  for (const { kind, object, place } of findNvrams(value, "", jsonPlaces(layer.bytes))) {
    yield { kind, record: recordOf(object), place };
  }
}

/** Recursion is bounded: `checkNesting` has passed. */
function* findNvrams(value: JsonValue, prefix: string, place: JsonPlace): Generator<Found, void, undefined> {
  if (isArray(value)) {
    const items = place?.kind === "array" ? place.items : [];
    for (const [i, item] of value.entries()) yield* findNvrams(item, prefix, items[i] ?? null);
  } else if (isObject(value)) {
    yield* findInObject(value, prefix, place);
  }
}

function* findInObject(
  object: JsonObject,
  prefix: string,
  place: JsonPlace,
): Generator<Found, void, undefined> {
  if (isRecord(object)) {
    yield { kind: "record", object, prefix, place };
  } else if (typeof object[EFI_VARIABLES_KEY] === "string") {
    yield { kind: "nvram", object, prefix, place };
  } else {
    for (const [name, member] of Object.entries(object)) {
      if (name === SECRET_MEMBER) continue;
      yield* findNvrams(member, PREFIXES.has(name) ? `${name}.` : "", memberPlace(place, name));
    }
  }
}

function isRecord(object: JsonObject): boolean {
  const nvram = object["NVRAM"];
  if (isObject(nvram) || typeof nvram === "string") return true;
  const isNamed = typeof object["uuid"] === "string" && typeof object["name_label"] === "string";
  return isNamed && RECORD_FIELDS.some((field) => Object.hasOwn(object, field));
}

function recordOf(object: JsonObject): RecordMap {
  return new Map(Object.entries(object).map(([name, value]) => [name, recordValue(value)]));
}

function recordValue(value: JsonValue): RecordValue {
  if (isArray(value)) return value.map(recordValue);
  return isObject(value) ? recordOf(value) : value;
}

function stringsOf(object: JsonObject): ReadonlyMap<string, string> {
  const strings = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) if (typeof value === "string") strings.set(name, value);
  return strings;
}

function isArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !isArray(value);
}

function parseJson(layer: TextLayer): JsonValue {
  checkNesting(layer);
  try {
    return JSON.parse(decodeUtf8(layer.bytes));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw jsonError("bad-structure", layer, faultyByte(layer), "well-formed JSON", error.message);
  }
}

/** V8 tells the place in its message only; other engines may not tell it. With a character for each byte it is that of the byte. */
function faultyByte({ bytes }: TextLayer): number | null {
  try {
    JSON.parse(decodeLatin1(bytes));
  } catch (error) {
    const position = error instanceof SyntaxError ? /position (\d+)/.exec(error.message)?.[1] : undefined;
    return position === undefined ? null : Math.min(Number(position), bytes.length);
  }
  return null;
}

function jsonError(
  code: "bad-structure" | "over-limit" | "truncated",
  layer: TextLayer,
  at: number | null,
  expected: string,
  found: string,
): ParseError {
  return new ParseError({ code, offset: at === null ? null : originalOffset(layer, at), expected, found });
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
