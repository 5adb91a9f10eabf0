/**
 * JSON that holds an NVRAM: a VM's record or several (XenAPI over JSON-RPC, SDK output), the metadata of a Xen
 * Orchestra backup (@xen-orchestra/backups, `vm` and `vmSnapshot`), or an NVRAM map alone.
 */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { BackupRef, Dump } from "../model.ts";
import { EFI_VARIABLES_KEY, nvramOfMap } from "../nvram/nvram.ts";
import type { Platform } from "../platform.ts";
import { METADATA, NVRAM } from "../records/vm-record.ts";
import { BACKUP_RECORDS, backupRefOf, SECRET_MEMBER } from "../records/xen-orchestra.ts";
import { type JsonPlace, jsonPlaces, jsonText, memberPlace } from "../text/json-places.ts";
import {
  isArray,
  isObject,
  type JsonObject,
  type JsonValue,
  parseJson,
  recordOfJson,
} from "../text/json-text.ts";
import type { PlacedText } from "../text/placed-text.ts";
import type { Splice } from "../text/splice.ts";
import { decodeLatin1, inOriginal, unwrapText } from "../text/text-encoding.ts";
import type { Replacements } from "../write-back/replacements.ts";
import {
  addBareNvram,
  addRecord,
  checkSize,
  collectDump,
  type DumpSink,
  type InputFormat,
} from "./format.ts";

/** Fields of VM records and of backups; one of them stands near the start of whatever holds an NVRAM. */
const MARKERS =
  /"(?:NVRAM|EFI-variables|name_label|snapshot_metadata|vmSnapshot|scheduleId|allowed_operations|is_a_template)"\s*:/;

const JSON_START = /^\s*(?:\{\s*"|\[\s*[[{])/;
/** White space included that may stand before and between the first two signs. */
const START_BYTES = 1024;

/** Members that say, with a uuid and a name, that an object without NVRAM is a VM's record all the same. */
const RECORD_FIELDS: readonly string[] = ["power_state", "is_a_template"];
const XO_VM_TYPE = /^VM(?:-|$)/;

declare module "../model.ts" {
  interface FormatIds {
    "nvram-json": true;
  }
}

export const nvramJson: InputFormat = {
  id: "nvram-json",
  title: "JSON with an NVRAM",
  maxBytes: PARSER_LIMITS.maxJsonBytes,
  ending: ".json",
  keptEndings: [".json"],
  probe: (head) => {
    const { bytes } = unwrapText(head);
    const start = decodeLatin1(bytes.subarray(0, START_BYTES));
    return JSON_START.test(start) && MARKERS.test(decodeLatin1(bytes));
  },
  open: (bytes, platform): Dump =>
    collectDump("nvram-json", (sink) => {
      checkSize(bytes, PARSER_LIMITS.maxJsonBytes);
      addNvrams(sink, parseJson(unwrapText(bytes)), platform);
      const { controlDomains, defaultTemplates } = sink.skipped;
      if (sink.vms.length + controlDomains + defaultTemplates > 0) return null;
      return new ParseError({
        code: "no-nvram",
        expected: "a member NVRAM or EFI-variables",
        found: "JSON without one",
      });
    }),
  writeBack: writeIntoJson,
};

/**
 * Reads every record and every NVRAM of a value into the sink. `file`: the path under which a cache keeps the value.
 * Throws ParseError `over-limit` for more records than an input may have.
 */
export function addNvrams(
  sink: DumpSink,
  value: JsonValue,
  platform: Platform,
  file: string | null = null,
): void {
  for (const { kind, object, prefix, backup } of findNvrams(value, top(file))) {
    if (kind === "record") addRecord(sink, recordOfJson(object), prefix, platform, backup);
    else addBareNvram(sink, nvramOfMap(stringsOf(object), platform), prefix);
  }
}

/** What leads to a value. */
interface Route {
  readonly prefix: string;
  /** Of the value; null where nobody asked for places. */
  readonly place: JsonPlace;
  /** The metadata around it. */
  readonly backup: BackupRef | null;
  readonly file: string | null;
}

function top(file: string | null): Route {
  return { prefix: "", place: null, backup: null, file };
}

/** A VM's record, or a map that is an NVRAM by itself. */
interface Found extends Route {
  readonly kind: "record" | "nvram";
  readonly object: JsonObject;
}

/** Strings that hold an NVRAM, or a map with one in it. */
function isPlaced(name: string | null): boolean {
  return name === EFI_VARIABLES_KEY || name === NVRAM || name === METADATA;
}

/** Meets everything that `open` reads, in its order. Throws ParseError as that does. */
function writeIntoJson(document: Uint8Array, replacements: Replacements): readonly Splice[] {
  const layer = unwrapText(document);
  const value = parseJson(layer);
  const places = jsonPlaces(layer.bytes, isPlaced);
  for (const { kind, object, place } of findNvrams(value, { ...top(null), place: places })) {
    const find = (...names: readonly string[]): PlacedText | null => {
      const value = names.reduce<JsonPlace>(memberPlace, place);
      return value?.kind === "string" ? jsonText(layer.bytes, value.span) : null;
    };
    if (kind === "record") replacements.record(recordOfJson(object), find);
    else replacements.copy(() => find(EFI_VARIABLES_KEY));
  }
  return inOriginal(layer, replacements.splices);
}

/** Recursion is bounded: `parseJson` has checked the depth. */
function* findNvrams(value: JsonValue, route: Route): Generator<Found, void, undefined> {
  if (isArray(value)) {
    const items = route.place?.kind === "array" ? route.place.items : null;
    for (const [i, item] of value.entries())
      yield* findNvrams(item, { ...route, place: items?.get(i) ?? null });
  } else if (isObject(value)) {
    yield* findInObject(value, route);
  }
}

function* findInObject(object: JsonObject, route: Route): Generator<Found, void, undefined> {
  if (isRecord(object)) {
    yield { kind: "record", object, ...route };
  } else if (typeof object[EFI_VARIABLES_KEY] === "string") {
    yield { kind: "nvram", object, ...route };
  } else {
    const backup = backupRefOf(object, route.file) ?? route.backup;
    for (const [name, member] of Object.entries(object)) {
      if (name === SECRET_MEMBER) continue;
      const prefix = BACKUP_RECORDS.has(name) ? `${name}.` : "";
      yield* findNvrams(member, { ...route, prefix, place: memberPlace(route.place, name), backup });
    }
  }
}

function isRecord(object: JsonObject): boolean {
  const nvram = object[NVRAM];
  if (isObject(nvram) || typeof nvram === "string") return true;
  // jq prints null for a member that is not there.
  if (nvram !== undefined && typeof object["uuid"] === "string") return true;
  // Hosts and pools of Xen Orchestra's own API have a uuid, a name and a state, too.
  if (typeof object["type"] === "string" && !XO_VM_TYPE.test(object["type"])) return false;
  const isNamed = typeof object["uuid"] === "string" && typeof object["name_label"] === "string";
  return isNamed && RECORD_FIELDS.some((field) => Object.hasOwn(object, field));
}

function stringsOf(object: JsonObject): ReadonlyMap<string, string> {
  const strings = new Map<string, string>();
  for (const [name, value] of Object.entries(object)) if (typeof value === "string") strings.set(name, value);
  return strings;
}
