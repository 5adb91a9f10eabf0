/**
 * Two NVRAMs compared as sets of variables: the daemon saves them in any order. Names may repeat, so the n-th variable of
 * a name in one blob is compared with the n-th in the other.
 */
import { startDaemon } from "../../daemon/startup-variables.ts";
import type { StoredVariable } from "../../daemon/store.ts";
import { sameVariable } from "../../daemon/variable-id.ts";
import { equalBytes, toHex } from "../../parsers/bytes.ts";
import { EFI_VARIABLE_NON_VOLATILE, EFI_VARIABLE_RUNTIME_ACCESS } from "../../parsers/efi/attributes.ts";
import { signatureVariableKind } from "../../parsers/efi/signature-variables.ts";
import type { View } from "../../parsers/guest/view.ts";
import type { EfiVariable, Span, VarstoredBlob } from "../../parsers/model.ts";
import type { Platform } from "../../parsers/platform.ts";
import { compareSignatures, type SignatureComparison } from "./compare-signatures.ts";

/** A field of the header or of a record that differs; numbers as decimal text, bytes in hexadecimal. */
export interface FieldDifference<Field extends string> {
  readonly field: Field;
  /** Null where the version has no such field. */
  readonly a: string | null;
  readonly b: string | null;
}

export type BlobField = "version" | "declaredCount" | "declaredDataLength" | "mor_key" | "ppi_vdata" | "rest";
export type VariableField = "attributes" | "timestamp" | "certDigest";

export interface DataDifference {
  /** Offset of the first byte that differs; the length of the shorter one where that is the beginning of the other. */
  readonly firstDifference: number;
  /** Null for a variable that holds none, and for more signatures than are compared. */
  readonly signatures: SignatureComparison | null;
}

export interface ChangedVariable {
  readonly a: EfiVariable;
  readonly b: EfiVariable;
  readonly fields: readonly FieldDifference<VariableField>[];
  /** Null where the data is the same. */
  readonly data: DataDifference | null;
}

export interface NvramComparison {
  readonly fields: readonly FieldDifference<BlobField>[];
  /** In order of their blob. */
  readonly onlyInA: readonly EfiVariable[];
  readonly onlyInB: readonly EfiVariable[];
  /** In order of A. */
  readonly changed: readonly ChangedVariable[];
  /** Variables that the other side cannot hold, or does not tell of: no difference. */
  readonly notHeldByA: readonly EfiVariable[];
  readonly notHeldByB: readonly EfiVariable[];
  /** Variables that are the same in both. */
  readonly unchanged: number;
  /** True where nothing differs but, perhaps, the order of the variables. */
  readonly isSame: boolean;
}

/** What the sides are views of, where one of them is no blob of the daemon; null for one that is. */
export interface SideViews {
  readonly a: View | null;
  readonly b: View | null;
}

const NO_VIEWS: SideViews = { a: null, b: null };

/** Compares two blobs, however well or badly formed. Needs of the platform only its SHA-256. */
export function compareNvrams(
  a: VarstoredBlob,
  b: VarstoredBlob,
  platform: Pick<Platform, "sha256">,
  views: SideViews = NO_VIEWS,
): NvramComparison {
  const areBlobs = views.a === null && views.b === null;
  const seenA = seenAs(a.variables, views.b);
  const seenB = seenAs(b.variables, views.a);
  const { pairs, ...only } = pairVariables(seenA, seenB);
  const compared = areBlobs ? EVERY_FIELD : fieldsOfViews(views);
  const changed = pairs
    .map((pair) => changeOf(pair, compared, platform))
    .filter(({ fields, data }) => fields.length > 0 || data !== null);
  const fields = areBlobs ? blobFields(a, b) : [];
  const onlyInA = only.onlyInA.filter((variable) => isHeldBy(views.b, variable, views.a));
  const onlyInB = only.onlyInB.filter((variable) => isHeldBy(views.a, variable, views.b));
  return {
    notHeldByA: [...without(only.onlyInB, onlyInB), ...without(b.variables, seenB)],
    notHeldByB: [...without(only.onlyInA, onlyInA), ...without(a.variables, seenA)],
    fields,
    onlyInA,
    onlyInB,
    changed,
    unchanged: pairs.length - changed.length,
    isSame: fields.length + onlyInA.length + onlyInB.length + changed.length === 0,
  };
}

/** Of namesakes a guest sees the one with which the daemon answers: the last that is stored. */
function seenAs(variables: readonly EfiVariable[], by: View | null): readonly EfiVariable[] {
  if (by === null || !by.runtimeOnly) return variables;
  const last = new Map(variables.map((variable) => [identityOf(variable), variable]));
  return variables.filter((variable) => last.get(identityOf(variable)) === variable);
}

function identityOf({ vendorGuid, nameBytes }: EfiVariable): string {
  return `${vendorGuid} ${toHex(nameBytes)}`;
}

/** What the daemon makes at each start, and XAPI gets with the first change after it. */
const madeAtStart: readonly StoredVariable[] = startDaemon(
  { variables: [], ancillary: null },
  false,
).variables;

const EVERY_FIELD: readonly VariableField[] = ["attributes", "timestamp", "certDigest"];

/** Times and signers of writes are no guest's business (varstored handler.c, do_get_variable). */
function fieldsOfViews({ a, b }: SideViews): readonly VariableField[] {
  return a?.hasAttributes === false || b?.hasAttributes === false ? [] : ["attributes"];
}

/**
 * Whether a side could hold this variable of the other one. A guest sees what has runtime access, and single variables say nothing of
 * the rest; XAPI keeps what is not volatile (varstored xapidb-lib.c, xapidb_serialize_variables).
 */
function isHeldBy(side: View | null, variable: EfiVariable, from: View | null): boolean {
  const { attributes } = variable;
  if (side === null) {
    if (from === null || !from.hasAttributes) return true;
    const isMade = madeAtStart.some((made) => sameVariable(made, variable));
    return (attributes & EFI_VARIABLE_NON_VOLATILE) !== 0 && !isMade;
  }
  if (!side.isWhole) return false;
  if (from?.hasAttributes === false) return true;
  return !side.runtimeOnly
    ? (attributes & EFI_VARIABLE_NON_VOLATILE) !== 0
    : (attributes & EFI_VARIABLE_RUNTIME_ACCESS) !== 0;
}

function without(all: readonly EfiVariable[], these: readonly EfiVariable[]): readonly EfiVariable[] {
  const left = new Set(these);
  return all.filter((variable) => !left.has(variable));
}

type Pair = readonly [a: EfiVariable, b: EfiVariable];

function pairVariables(
  inA: readonly EfiVariable[],
  inB: readonly EfiVariable[],
): { pairs: Pair[]; onlyInA: EfiVariable[]; onlyInB: EfiVariable[] } {
  const partners = new Map<string, EfiVariable>();
  for (const [key, variable] of numbered(inB)) partners.set(key, variable);
  const pairs: Pair[] = [];
  const onlyInA: EfiVariable[] = [];
  for (const [key, variable] of numbered(inA)) {
    const partner = partners.get(key);
    partners.delete(key);
    if (partner === undefined) onlyInA.push(variable);
    else pairs.push([variable, partner]);
  }
  return { pairs, onlyInA, onlyInB: [...partners.values()] };
}

/** Each variable under its name, GUID and the number of the ones before it that have the same. */
function numbered(variables: readonly EfiVariable[]): [string, EfiVariable][] {
  const seen = new Map<string, number>();
  return variables.map((variable) => {
    const identity = identityOf(variable);
    const number = seen.get(identity) ?? 0;
    seen.set(identity, number + 1);
    return [`${identity} ${number}`, variable];
  });
}

function changeOf(
  [a, b]: Pair,
  compared: readonly VariableField[],
  platform: Pick<Platform, "sha256">,
): ChangedVariable {
  const fields = [
    difference("attributes", String(a.attributes), String(b.attributes)),
    difference("timestamp", toHex(a.timestamp), toHex(b.timestamp)),
    difference("certDigest", toHex(a.certDigest), toHex(b.certDigest)),
  ]
    .flat()
    .filter(({ field }) => compared.includes(field));
  if (equalBytes(a.data, b.data)) return { a, b, fields, data: null };
  const signatures = signatureVariableKind(a) === null ? null : compareSignatures(a.data, b.data, platform);
  return { a, b, fields, data: { firstDifference: firstDifference(a.data, b.data), signatures } };
}

function firstDifference(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return i;
  return length;
}

/** mor_key stands before ppi_vdata (varstored include/xapidb.h). */
const MOR_KEY_BYTES = 8;

function blobFields(a: VarstoredBlob, b: VarstoredBlob): FieldDifference<BlobField>[] {
  return [
    difference("version", String(a.version), String(b.version)),
    difference("declaredCount", String(a.declaredCount), String(b.declaredCount)),
    difference("declaredDataLength", String(a.declaredDataLength), String(b.declaredDataLength)),
    difference("mor_key", ancillaryHex(a, 0, MOR_KEY_BYTES), ancillaryHex(b, 0, MOR_KEY_BYTES)),
    difference("ppi_vdata", ancillaryHex(a, MOR_KEY_BYTES), ancillaryHex(b, MOR_KEY_BYTES)),
    difference("rest", bytesHex(a, a.rest), bytesHex(b, b.rest)),
  ].flat();
}

function ancillaryHex({ ancillary }: VarstoredBlob, start: number, end?: number): string | null {
  return ancillary === null ? null : toHex(ancillary.subarray(start, end));
}

function bytesHex({ bytes }: VarstoredBlob, { start, end }: Span): string {
  return toHex(bytes.subarray(start, end));
}

/** One difference, or none. */
function difference<Field extends string>(
  field: Field,
  a: string | null,
  b: string | null,
): FieldDifference<Field>[] {
  return a === b ? [] : [{ field, a, b }];
}
