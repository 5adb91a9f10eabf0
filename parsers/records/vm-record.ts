/**
 * VM records as the XenAPI shows them (xapi ocaml/idl/datamodel_vm.ml), whatever they were written in, and the second
 * copy of the NVRAM that snapshots carry in `snapshot_metadata` (xapi ocaml/xapi/helpers.ml, vm_to_string): VM.revert
 * takes that one, a clone of the snapshot takes the first, so both are looked at.
 */
import { ParseError } from "../errors.ts";
import type { Dump, Firmware, Nvram, VmKind, VmSource } from "../model.ts";
import { EFI_VARIABLES_KEY, isPlaceholder, nvramOfMap } from "../nvram/nvram.ts";
import type { Platform } from "../platform.ts";
import { parseMap, parseSexpr, plainMap } from "../text/sexpr.ts";
import { decodeUtf8 } from "../text/text-encoding.ts";
import { readSecureBoot } from "./secure-boot.ts";

/** A value of a record. Text that is kept as bytes of UTF-8 is decoded only where it is asked for. */
export type RecordValue = string | number | boolean | null | Uint8Array | readonly RecordValue[] | RecordMap;

export interface RecordMap extends ReadonlyMap<string, RecordValue> {}

/** What one record gives: its copies of the NVRAM, or the counter of `Dump.skipped` that it belongs to. */
export interface VmRecordReading {
  readonly sources: readonly VmSource[];
  readonly skipped: keyof Dump["skipped"] | null;
}

/** Fields of a record that hold a copy of the NVRAM. */
export const NVRAM = "NVRAM";
export const METADATA = "snapshot_metadata";

/**
 * Reads one record. `prefix` is what leads to it in the input, such as `vm.`, or nothing. Contents of vTPMs are not
 * even looked at: their number is all that is kept. Never throws for what a record holds.
 */
export function readVmRecord(record: RecordMap, prefix: string, platform: Platform): VmRecordReading {
  const skipped = skippedAs(record);
  if (skipped !== null) return { sources: [], skipped };
  const identity = {
    uuid: textOf(record.get("uuid")) || null,
    nameLabel: textOf(record.get("name_label")),
    kind: kindOf(record),
  };
  const own: VmSource = {
    ...identity,
    ...settingsOf(record),
    source: prefix + NVRAM,
    nvram: nvramOf(record, platform),
  };
  const copy = metadataCopy(record, platform);
  const sources =
    copy === null ? [own] : [own, { ...identity, ...copy, source: `${prefix}${METADATA}.${NVRAM}` }];
  return { sources, skipped: null };
}

/** The counter that a record belongs to which is not looked into; null for every other one. */
export function skippedAs(record: RecordMap): VmRecordReading["skipped"] {
  const isController = textOf(record.get("type")) === XO_CONTROL_DOMAIN;
  if (isController || isTrue(record.get("is_control_domain"))) return "controlDomains";
  return isDefaultTemplate(record) ? "defaultTemplates" : null;
}

/** Older hosts have no field for it (xapi ocaml/xapi/export.ml, metadata_handler, tests both). */
function isDefaultTemplate(record: RecordMap): boolean {
  return (
    isTrue(record.get("is_default_template")) ||
    isTrue(record.get("isDefaultTemplate")) ||
    isTrue(mapOf(record.get("other_config"))?.get("default_template"))
  );
}

function kindOf(record: RecordMap): VmKind {
  const ofXo = XO_KINDS.get(textOf(record.get("type")) ?? "");
  if (ofXo !== undefined) return ofXo;
  const isTemplate = isTrue(record.get("is_a_template"));
  // An exported snapshot has lost `is_a_snapshot` (xapi ocaml/xapi/export.ml, make_vm); its metadata stays.
  const hasMetadata = (textOf(record.get(METADATA)) ?? "") !== "";
  if (isTrue(record.get("is_a_snapshot")) || (isTemplate && hasMetadata)) return "snapshot";
  return isTemplate ? "template" : "vm";
}

type Settings = Pick<VmSource, "firmware" | "secureBoot" | "fields">;

function settingsOf(record: RecordMap): Settings {
  const platform = mapOf(record.get("platform"));
  const firmware = firmwareOf(record);
  // xapi starts varstored for UEFI alone, so that what BIOS is asked for has no effect.
  const secureBoot = firmware === "bios" ? false : secureBootOf(record, platform);
  return { firmware, secureBoot, fields: fieldsOf(record, platform) };
}

function secureBootOf(record: RecordMap, platform: RecordMap | null): boolean | null {
  if (platform !== null) return readSecureBoot(textOf(platform.get("secureboot")));
  // Xen Orchestra's own objects say false of `auto`, too (xapi-object-to-xo.mjs), so that only true tells something.
  return record.get("secureBoot") === true ? true : null;
}

const PARAVIRTUAL: ReadonlySet<string> = new Set(["pv", "pvh", "pv_in_pvh"]);
/** As a host without a word about it has it (xapi ocaml/xapi/xapi_xenops.ml, firmware_of_vm, default_firmware). */
const DEFAULT_FIRMWARE: Firmware = "bios";

/** Null where nothing tells it, or where xapi would refuse what is told. */
function firmwareOf(record: RecordMap): Firmware {
  const params = mapOf(record.get("HVM_boot_params")) ?? xoBootOf(record);
  if (params === null || isParavirtual(record)) return null;
  const firmware = textOf(params.get("firmware")) ?? DEFAULT_FIRMWARE;
  return firmware === "uefi" || firmware === "bios" ? firmware : null;
}

/** The same map, as Xen Orchestra's own objects call it. */
function xoBootOf(record: RecordMap): RecordMap | null {
  return isXoObject(record) ? mapOf(record.get("boot")) : null;
}

/** Before there was a domain type, an empty boot policy told it (xapi ocaml/idl/datamodel_vm.ml, HVM.boot_policy). */
function isParavirtual(record: RecordMap): boolean {
  const type = textOf(record.get("domain_type")) ?? textOf(record.get("virtualizationMode"));
  if (type !== null && type !== "unspecified") return PARAVIRTUAL.has(type);
  return textOf(record.get("HVM_boot_policy")) === "";
}

/** Types of Xen Orchestra's own objects that stand for VM records; members of theirs have other names, and none is the NVRAM. */
const XO_KINDS: ReadonlyMap<string, VmKind> = new Map([
  ["VM", "vm"],
  ["VM-snapshot", "snapshot"],
  ["VM-template", "template"],
]);
const XO_CONTROL_DOMAIN = "VM-controller";

/** Whether a record is an object of Xen Orchestra's own API: those of the XenAPI have no member `type`. */
function isXoObject(record: RecordMap): boolean {
  return (textOf(record.get("type")) ?? "").startsWith("VM");
}

const PLAIN_FIELDS: readonly string[] = [
  "power_state",
  "domain_type",
  "secureboot_certificates_state",
  "snapshot_of",
  "snapshot_time",
  "suspend_VDI",
  "domid",
];

/** References that tell where a record comes from, or whether its VM ran; kept where they refer to something. */
const REFERENCE_FIELDS: readonly string[] = ["_ref", "parent", "metrics", "guest_metrics"];
const NULL_REFERENCE = "OpaqueRef:NULL";

/** Single keys of maps; of `platform` every key is kept. */
const MAP_FIELDS: readonly (readonly [field: string, key: string])[] = [
  ["HVM_boot_params", "firmware"],
  ["HVM_boot_params", "order"],
  ["other_config", "base_template_name"],
  [NVRAM, "EFI-variables-on-boot"],
  [NVRAM, "EFI-variables-backend"],
];

/** Sets and maps of which the number of elements is kept. */
const COUNTED_FIELDS: readonly string[] = ["VTPMs", "last_boot_CPU_flags"];
/** A whole record, of which only matters whether it is there. */
const LAST_BOOTED = "last_booted_record";
/** What Xen Orchestra marks a VM with that it made from a backup (@xen-orchestra/backups, ImportVmBackup.mjs). */
export const RESTORED_TAG = "restored from backup";

function hasTag(tags: RecordValue | undefined, tag: string): boolean {
  if (Array.isArray(tags)) return tags.some((one: RecordValue) => textOf(one) === tag);
  return databaseText(tags)?.includes(`'${tag}'`) ?? false;
}

function fieldsOf(record: RecordMap, platform: RecordMap | null): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const add = (name: string, value: string | null): void => {
    if (value !== null) fields.set(name, value);
  };
  for (const name of PLAIN_FIELDS) add(name, textOf(record.get(name)));
  for (const name of REFERENCE_FIELDS) {
    const ref = textOf(record.get(name));
    if (ref !== NULL_REFERENCE) add(name, ref);
  }
  if (record.has("is_a_template")) add("is_a_template", String(isTrue(record.get("is_a_template"))));
  for (const [field, key] of MAP_FIELDS) add(`${field}:${key}`, textOf(mapOf(record.get(field))?.get(key)));
  for (const [key, value] of platform ?? []) add(`platform:${key}`, textOf(value));
  for (const name of COUNTED_FIELDS) add(name, countOf(record.get(name)));
  if (record.has(LAST_BOOTED)) add(LAST_BOOTED, (textOf(record.get(LAST_BOOTED)) ?? "") === "" ? "" : "set");
  if (hasTag(record.get("tags"), RESTORED_TAG)) add("tags:restored", "true");
  return fields;
}

/**
 * Null only where the record says that the map is empty. xapi writes a map, whatever it holds: no value at all is what jq makes of a
 * member that is not there (`jq '{uuid, NVRAM}'`), and anything else is something that was put in its place.
 */
function nvramOf(record: RecordMap, platform: Platform): Nvram | null {
  const held = record.get(NVRAM) ?? null;
  if (held === null) return NVRAM_NOT_IN_RECORD;
  const map = mapOf(held);
  if (map === null) {
    // PHP writes an empty map as an empty list.
    if (Array.isArray(held)) return held.length === 0 ? null : REPLACED;
    return typeof held === "number" || typeof held === "boolean"
      ? REPLACED
      : nvramOfOddText(textOf(held)?.trim() ?? "");
  }
  const value = map.get(EFI_VARIABLES_KEY);
  if (value !== undefined && typeof value !== "string" && !(value instanceof Uint8Array)) return REPLACED;
  const entries = new Map<string, string | Uint8Array>();
  for (const [key, value] of map) {
    const text = value instanceof Uint8Array ? value : textOf(value);
    if (text !== null) entries.set(key, text);
  }
  return nvramOfMap(entries, platform);
}

/** A text that is no map; an empty one is what xe prints of an empty map, `{}` what Python does, and `[]` PHP. */
function nvramOfOddText(text: string): Nvram | null {
  if (text === "" || text === "{}" || text === "[]") return null;
  return isPlaceholder(text) ? REPLACED : UNREADABLE;
}

const UNREADABLE: Nvram = {
  state: "unreadable",
  base64: null,
  bytes: null,
  daemonBytes: new Uint8Array(0),
  blob: null,
  otherKeys: new Map(),
};

/** Of a value that xapi never writes there: a map holds texts, so that something else was put in its place. */
const REPLACED: Nvram = { ...UNREADABLE, state: "redacted", daemonBytes: null };

/** Of a record that does not carry the member at all: it may be empty, or full. */
export const NVRAM_NOT_IN_RECORD: Nvram = { ...UNREADABLE, state: "not-in-record", daemonBytes: null };

const NO_SETTINGS: Settings = { firmware: null, secureBoot: null, fields: new Map() };

/** The copy in the metadata with the settings that stand there; null where there is none. */
function metadataCopy(record: RecordMap, platform: Platform): (Settings & { nvram: Nvram }) | null {
  const text = textOf(record.get(METADATA)) ?? "";
  const columns = text === "" ? null : tryParse(() => parseMap(text));
  if (columns === null)
    return text.includes(EFI_VARIABLES_KEY) ? { ...NO_SETTINGS, nvram: UNREADABLE } : null;
  const original = databaseRecord(columns, platform);
  const nvram = nvramOf(original, platform);
  return nvram === null || nvram === NVRAM_NOT_IN_RECORD ? null : { ...settingsOf(original), nvram };
}

const MAP_COLUMNS: ReadonlySet<string> = new Set(["HVM_boot_params", NVRAM, "other_config", "platform"]);

/**
 * A row of the database as a record. Its columns have names in which two underscores join what the XenAPI joins with
 * one, and texts for values, or bytes of UTF-8; maps are parsed here, once, because that of an NVRAM is long.
 */
export function databaseRecord(
  columns: Iterable<readonly [string, string | Uint8Array]>,
  platform: Platform,
): RecordMap {
  const record = new Map<string, RecordValue>();
  for (const [column, value] of columns) {
    const name = column.replaceAll("__", "_");
    const plain = value instanceof Uint8Array ? plainMap(value, platform) : null;
    record.set(name, plain ?? (MAP_COLUMNS.has(name) ? mapOf(value) : null) ?? textOf(value));
  }
  return record;
}

/** Text of a scalar; null for anything else. */
function textOf(value: RecordValue | undefined): string | null {
  if (typeof value === "string") return value;
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return value instanceof Uint8Array ? decodeUtf8(value) : null;
}

/** Booleans are `true`/`false` in JSON and in the database, 1 and 0 in XML-RPC. */
function isTrue(value: RecordValue | undefined): boolean {
  const text = textOf(value);
  return text === "true" || text === "1";
}

/** A map of a record, or one in the database's text form; null for anything else. */
function mapOf(value: RecordValue | undefined): RecordMap | null {
  if (isMap(value)) return value;
  const text = databaseText(value);
  return text === null ? null : tryParse(() => parseMap(text));
}

/** Number of elements of a set or map, as text. */
function countOf(value: RecordValue | undefined): string | null {
  if (Array.isArray(value)) return String(value.length);
  if (isMap(value)) return String(value.size);
  const text = databaseText(value);
  const set = text === null ? null : tryParse(() => parseSexpr(text));
  return set === null || typeof set === "string" ? null : String(set.length);
}

function databaseText(value: RecordValue | undefined): string | null {
  const text = textOf(value);
  return text?.startsWith("(") ? text : null;
}

function isMap(value: RecordValue | undefined): value is RecordMap {
  return value instanceof Map;
}

function tryParse<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}
