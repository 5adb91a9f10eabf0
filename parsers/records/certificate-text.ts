/**
 * The certificates of pools and hosts as xe prints them into a text, among other things: the fields of a listing
 * (`uefi-certificates ( RO): UEsu…`; xapi ocaml/xapi-cli-server/records.ml, cli_printer.ml), and the answer to
 * `xe pool-param-get uuid=… param-name=custom-uefi-certificates`, below its command.
 */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";
import type { CertificateSet } from "../model.ts";
import type { Platform } from "../platform.ts";
import { certificateSetsOf, poolHasCertificates } from "./certificate-archive.ts";

/** What a text tells of pools and hosts. */
export interface TextCertificates {
  readonly certificates: readonly CertificateSet[];
  /** Whether the pool has certificates; null where the text does not tell, or tells of two pools that differ. */
  readonly poolHasCertificates: boolean | null;
}

const FIELD = /^\s*([a-z][a-z0-9-]*) \(\s*[A-Z]+\)\s*:[ \t]?(.*)$/;
// Without \s in front: with the flag each line would try all the empty lines behind it.
const LISTED = /^[>| \t]{0,128}(?:custom-)?uefi-certificates \(\s*[A-Z]+\)\s*:[ \t]*[A-Za-z0-9+/]{32}/m;
const COMMAND =
  /\b(pool|host)-param-get\b[^\n]{0,160}\bparam-name=((?:custom-)?uefi-certificates)\b[^\n]{0,80}$/;
const ASKED =
  /\b(?:pool|host)-param-get\b[^\n]{0,160}\bparam-name=(?:custom-)?uefi-certificates\b[^\n]{0,80}\n[>| \t]{0,128}[A-Za-z0-9+/]{32}/;
/** What a mail quotes with. */
const QUOTED = /^[>|\s]{0,128}/;
const UUID = /\buuid=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b/;
/** The rest of a value that a mail or a terminal has wrapped. */
const WRAPPED = /^\s*[A-Za-z0-9+/]+={0,2}\s*$/;
const IDENTITY = "uuid";
/** Fields that a host has, and no pool. */
const OF_HOST: readonly string[] = ["hostname", "address"];
const OWN_SET = "custom-uefi-certificates";
const ANY_SET = /^(?:custom-)?uefi-certificates$/;

/** `text` may be a beginning. */
export function holdsCertificates(text: string): boolean {
  return text.includes("uefi-certificates") && (LISTED.test(text) || ASKED.test(text));
}

/** Throws ParseError `over-limit` for more sets than an input may have. */
export function certificatesInText(text: string, platform: Platform): TextCertificates {
  const certificates: CertificateSet[] = [];
  const answers = new Set<boolean>();
  for (const record of text.includes("uefi-certificates") ? recordsIn(text) : []) {
    for (const set of setsOf(record, platform)) certificates.push(set);
    limitSets(certificates.length);
    const answer = record.kind === "host" ? null : hasCertificates(record);
    if (answer !== null) answers.add(answer);
  }
  const [answer = null] = answers;
  return { certificates, poolHasCertificates: answers.size === 1 ? answer : null };
}

interface TextRecord {
  readonly kind: "pool" | "host";
  /** By their labels. */
  readonly fields: ReadonlyMap<string, string>;
}

/** A record of a listing begins with its uuid, however many blank lines stand between; what two commands print of one pool is one record. */
function recordsIn(text: string): readonly TextRecord[] {
  const listed: Map<string, string>[] = [];
  const asked = new Map<string, { kind: TextRecord["kind"]; fields: Map<string, string> }>();
  let fields: Map<string, string> | null = null;
  let isListed = false;
  let last = "";
  for (const whole of text.split(/\r?\n/)) {
    const line = whole.replace(QUOTED, "");
    const [, label, value = ""] = FIELD.exec(line) ?? [];
    const [, kind, name = ""] = COMMAND.exec(line) ?? [];
    if (kind !== undefined) {
      const uuid = UUID.exec(line)?.[1] ?? "";
      const record = asked.get(`${kind} ${uuid}`) ?? {
        kind: kind === "host" ? "host" : "pool",
        fields: new Map([[IDENTITY, uuid]]),
      };
      asked.set(`${kind} ${uuid}`, record);
      fields = record.fields;
      isListed = false;
      fields.set(name, "");
      last = name;
    } else if (label !== undefined) {
      if (label === IDENTITY || fields === null || !isListed) {
        fields = new Map();
        isListed = true;
        listed.push(fields);
      }
      fields.set(label, value.trim());
      last = label;
    } else if (fields !== null && ANY_SET.test(last) && WRAPPED.test(line)) {
      fields.set(last, (fields.get(last) ?? "") + line.trim());
    } else if (line.trim() !== "") last = "";
  }
  const ofListing = listed.map((fields): TextRecord => {
    return { kind: OF_HOST.some((label) => fields.has(label)) ? "host" : "pool", fields };
  });
  return [...ofListing, ...asked.values()].filter((one) =>
    [...one.fields.keys()].some((label) => ANY_SET.test(label)),
  );
}

function fieldOf({ fields }: TextRecord): (field: string) => string | null {
  return (field) => fields.get(field.replaceAll("_", "-")) ?? null;
}

/** Which set is in use nobody knows where only some of the fields were asked for. */
function setsOf(record: TextRecord, platform: Platform): CertificateSet[] {
  const sets = certificateSetsOf(record.kind, fieldOf(record), platform);
  if (record.kind === "host" || record.fields.has(OWN_SET)) return sets;
  return sets.map((set) => ({ ...set, isActive: null }));
}

/** One set is enough for "yes"; "no" takes both fields. */
function hasCertificates(record: TextRecord): boolean | null {
  const answer = poolHasCertificates(fieldOf(record));
  return answer === true || (record.fields.has(OWN_SET) && record.fields.has("uefi-certificates"))
    ? answer
    : null;
}

function limitSets(count: number): void {
  const { maxCertificateSets } = PARSER_LIMITS;
  if (count <= maxCertificateSets) return;
  throw new ParseError({
    code: "over-limit",
    expected: `at most ${maxCertificateSets} records with certificates`,
    found: "more of them",
  });
}
