/**
 * Records of VMs as `xe vm-list params=…`, `xe vm-param-list`, `xe snapshot-list` and `xe template-list` print them: a field a line,
 * `name-label ( RW): web01`, the first of a record on the left, maps as `key: value; key: value` (xapi
 * ocaml/xapi-cli-server/cli_printer.ml and records.ml, concat_with_semi).
 */

import { ascii } from "../bytes.ts";
import { EFI_VARIABLES_KEY } from "../nvram/nvram.ts";
import type { RecordMap, RecordValue } from "../records/vm-record.ts";
import { LINE_TIME_PATTERN } from "./paste-lines.ts";
import { decodeUtf8 } from "./text-encoding.ts";

/** One record of a listing. */
export interface XeRecord {
  /** As the XenAPI has it, but for its NVRAM, of which only the other keys of the map are in it. */
  readonly record: RecordMap;
  /** Where its first field begins in the text. */
  readonly at: number;
  /** Where the value of the field NVRAM begins in the text; null where the record does not show that field. */
  readonly nvramAt: number | null;
}

/** What a mail quotes with, and the time of a line that was logged. */
const BEFORE = `[>|\\s]{0,128}(?:${LINE_TIME_PATTERN}(?=\\s|$))?\\s{0,128}`;
/** A label with its rights: `uuid ( RO)`, `platform (MRW)`, `tags (SRW)`. */
const FIELD = new RegExp(
  `^${BEFORE}([A-Za-z][A-Za-z0-9-]{0,63}) ?\\([ SM]?R[OW]\\)(?: \\[DEPRECATED\\])?[ \\t]{0,128}:[ \\t]?`,
);
const MAX_FIELD_LABEL = 512;
/** Values of the fields that are kept have some 100 bytes; names may have 4 KB. */
const MAX_VALUE = 16_384;

const NVRAM = "NVRAM";
const TEXTS: ReadonlySet<string> = new Set([
  "uuid",
  "name-label",
  "power-state",
  "domain-type",
  "is-a-template",
  "is-default-template",
  "is-a-snapshot",
  "is-control-domain",
  "HVM-boot-policy",
  "secureboot-certificates-state",
  "domid",
]);
const MAPS: ReadonlySet<string> = new Set(["platform", "HVM-boot-params", "other-config"]);
/** A record with one of these is a VM's: hosts, networks and disks have a uuid and a name as well. */
const OF_VMS: readonly string[] = [NVRAM, "platform", "power-state", "HVM-boot-params", "is-a-snapshot"];
const NO_VALUE = "<not in database>";
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** True for a text with at least one record of a VM; most texts have no label of that kind at all. */
export function hasXeRecord(text: string): boolean {
  return ANY_RIGHTS.test(text) && xeRecords(text).next().done === false;
}

const ANY_RIGHTS = /\([ SM]?R[OW]\)(?: \[DEPRECATED\])?[ \t]{0,128}:/;

/** All records of VMs in a text, which has one character a byte. */
export function* xeRecords(text: string): Generator<XeRecord, void, undefined> {
  const gap = gapBetweenRecords(text);
  let fields = new Map<string, Field>();
  for (const field of fieldsOf(text)) {
    // Where the order is another one, a uuid belongs to what stands above it: never to the next VM.
    if (fields.has(field.name) || field.blanks >= gap) {
      yield* recordOf(fields);
      fields = new Map();
    }
    fields.set(field.name, field);
  }
  yield* recordOf(fields);
}

/** Records are paragraphs, two blank lines apart. One is enough, but in texts with a blank line behind every line. */
function gapBetweenRecords(text: string): 1 | 2 {
  let isFirst = true;
  for (const { blanks } of fieldsOf(text)) {
    if (!isFirst && blanks === 0) return 1;
    isFirst = false;
  }
  return 2;
}

interface Field {
  readonly name: string;
  readonly value: string;
  /** In the text. */
  readonly at: number;
  /** Blank lines between it and the field before. */
  readonly blanks: number;
}

const BLANK = new RegExp(`^${BEFORE}$`);

function* fieldsOf(text: string): Generator<Field, void, undefined> {
  let blanks = 0;
  for (let from = 0; from < text.length; ) {
    const newline = text.indexOf("\n", from);
    const end = newline < 0 ? text.length : newline;
    const [label = "", name = ""] = FIELD.exec(text.slice(from, Math.min(end, from + MAX_FIELD_LABEL))) ?? [];
    if (name !== "") {
      const at = from + label.length;
      yield { name, value: text.slice(at, Math.min(end, at + MAX_VALUE)).trim(), at, blanks };
      blanks = 0;
    } else if (end - from <= MAX_FIELD_LABEL && BLANK.test(text.slice(from, end))) blanks++;
    from = end + 1;
  }
}

function* recordOf(fields: ReadonlyMap<string, Field>): Generator<XeRecord, void, undefined> {
  if (!OF_VMS.some((name) => fields.has(name))) return;
  const record = new Map<string, RecordValue>();
  for (const { name, value } of fields.values()) {
    const key = name.replaceAll("-", "_");
    if (MAPS.has(name)) record.set(key, mapOf(value));
    else if (TEXTS.has(name) && value !== NO_VALUE) record.set(key, textOf(name, value));
  }
  const nvram = fields.get(NVRAM);
  if (nvram !== undefined && nvram.value !== NO_VALUE) record.set(NVRAM, withoutVariables(nvram.value));
  const [first] = fields.values();
  yield { record, at: first?.at ?? 0, nvramAt: nvram?.at ?? null };
}

const PAIR = /:(?: |$)/;

/** EFI variables are read where they stand: here they only say that the field is there. What is no map stands for itself. */
function withoutVariables(value: string): RecordValue {
  if (value.includes(`${EFI_VARIABLES_KEY}:`)) return new Map();
  return value === "" || PAIR.test(value) ? mapOf(value) : value;
}

function textOf(name: string, value: string): string {
  if (name === "uuid") return UUID.test(value) ? value : "";
  // xe writes states in small letters (records.ml, power_to_string).
  return name === "power-state" ? value.charAt(0).toUpperCase() + value.slice(1) : utf8(value);
}

function utf8(text: string): string {
  return decodeUtf8(ascii(text));
}

/** `key: value; key: value`. */
function mapOf(text: string): RecordMap {
  const pairs = utf8(text)
    .split("; ")
    .map((pair): [string, string] => {
      const colon = pair.indexOf(": ");
      return colon < 0 ? [pair.replace(/:$/, ""), ""] : [pair.slice(0, colon), pair.slice(colon + 2)];
    });
  return new Map(pairs.filter(([key]) => key !== ""));
}
