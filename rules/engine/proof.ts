/**
 * Compares the input of a repair with its output, signature by signature. It is made from the bytes of the two
 * alone and knows nothing of patches, so that a wrong patch cannot vouch for itself.
 */
import { appendAll } from "../../parsers/arrays.ts";
import { equalBytes, toHex } from "../../parsers/bytes.ts";
import {
  EFI_CERT_SHA256_GUID,
  type EfiSignatureList,
  readSignatureDatabase,
  SIGNATURE_LIST_HEADER_BYTES,
  type SignatureDatabase,
  signatureAt,
} from "../../parsers/efi/signature-list.ts";
import {
  isMergedVariable,
  secureBootName,
  signatureVariableKind,
} from "../../parsers/efi/signature-variables.ts";
import { MICROSOFT_OWNER, nameOfGuid, XCP_NG_OWNER } from "../../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { EfiVariable, Span, VarstoredBlob } from "../../parsers/model.ts";
import { type CutRecord, type Leftover, leftoverOf } from "../../parsers/nvram/leftover.ts";
import type { Platform } from "../../parsers/platform.ts";
import { decodeLatin1 } from "../../parsers/text/text-encoding.ts";
import { indexOfHash, isFlatHash } from "../knowledge/dbx-table.ts";
import type { Knowledge } from "../knowledge/knowledge.ts";
import type { ChangedItem, Proof } from "./repair-types.ts";
import { counted } from "./sentences.ts";
import { type VariableRef, variableRef } from "./variable-ref.ts";

interface ProofSettings {
  readonly platform: Platform;
  readonly knowledge: Knowledge;
}

/** Counts of bytes of both blobs by what became of them; `removed` has the spans of those that are gone. */
interface Tally {
  kept: number;
  merged: number;
  lists: number;
  added: number;
}

/** Everything of `before` that can be read is in the result: kept, merged, reowned, or named in `removed`. */
export function compareBlobs(before: VarstoredBlob, after: VarstoredBlob, settings: ProofSettings): Proof {
  const { platform } = settings;
  const tally = { kept: 0, merged: 0, reowned: 0, deadWeight: 0, unchangedVariables: 0 };
  const bytes: Tally = { kept: fixedBytes(before), merged: 0, lists: 0, added: 0 };
  const removed: ChangedItem[] = [];
  const added: ChangedItem[] = [];
  const changedVariables: Proof["changedVariables"][number][] = [];
  const changedAttributes: Proof["changedAttributes"][number][] = [];
  const isUntouched = equalBytes(before.bytes, after.bytes);
  const leftover = isUntouched ? null : leftoverOf(before);
  const present = [...before.variables, ...(leftover?.records ?? [])];
  const partners = matchVariables(present, after.variables);
  present.forEach((variable, i) => {
    const partner = partners[i] ?? null;
    const isSame = partner !== null && equalBytes(partner.data, variable.data);
    if (partner === null) removed.push(removedVariable(variable, platform));
    else {
      bytes.kept += sizeOf(variable) - variable.data.length;
      const hasOtherAttributes = partner.attributes !== variable.attributes;
      if (hasOtherAttributes)
        changedAttributes.push({
          variable: variableRef(variable),
          before: variable.attributes,
          after: partner.attributes,
        });
      if (!isSame)
        changedVariables.push({
          variable: variableRef(variable),
          bytesBefore: variable.data.length,
          bytesAfter: partner.data.length,
        });
      else if (!hasOtherAttributes) tally.unchangedVariables++;
    }
    if (isSame) bytes.kept += variable.data.length;
    if (signatureVariableKind(variable) === null) return;
    if (isSame) {
      tally.kept += entryCount(readSignatureDatabase(variable.data));
      return;
    }
    const result = compareSignatures(variable, partner, settings);
    tally.kept += result.kept;
    tally.merged += result.merged;
    tally.reowned += result.reowned;
    tally.deadWeight += result.deadWeight;
    appendAll(removed, result.removed);
    appendAll(added, result.added);
    if (partner !== null) appendAll(removed, accountData(variable, partner, result.bytes, bytes, platform));
  });
  if (leftover !== null) appendAll(removed, removedRest(before, leftover, platform));
  else bytes.kept += sizeOf({ span: before.rest });
  const account = {
    before: before.bytes.length,
    after: after.bytes.length,
    ...bytes,
    removed: coveredBytes(removed),
  };
  return { ...tally, removed, added, account, changedVariables, changedAttributes };
}

function entryCount({ lists }: SignatureDatabase): number {
  return lists.reduce((sum, { signatureCount }) => sum + signatureCount, 0);
}

/** Header and ancillary data: no repair drops them. */
function fixedBytes({ ancillary }: VarstoredBlob): number {
  return VARSTORED_LIMITS.HEADER_BYTES + (ancillary?.length ?? 0);
}

function sizeOf({ span }: { readonly span: Span }): number {
  return span.end - span.start;
}

/** Bytes that stand in at least one of the spans. */
function coveredBytes(items: readonly ChangedItem[]): number {
  const spans = items.flatMap(({ span }) => (span === null ? [] : [span]));
  spans.sort((a, b) => a.start - b.start);
  let covered = 0;
  let end = 0;
  for (const span of spans) {
    covered += Math.max(0, span.end - Math.max(end, span.start));
    end = Math.max(end, span.end);
  }
  return covered;
}

/**
 * Adds the bytes of a variable whose lists were written anew, and names those that no list explained and that are gone.
 */
function accountData(
  variable: EfiVariable,
  partner: EfiVariable,
  entries: EntryBytes,
  bytes: Tally,
  platform: Platform,
): ChangedItem[] {
  const [before, after] = [readSignatureDatabase(variable.data), readSignatureDatabase(partner.data)];
  const [headersBefore, headersAfter] = [headerBytes(before), headerBytes(after)];
  const headersKept = Math.min(headersBefore, headersAfter);
  bytes.kept += entries.kept + headersKept;
  bytes.merged += entries.merged;
  bytes.lists += headersBefore - headersKept;
  bytes.added += entries.added + headersAfter - headersKept;
  /** By their content, how many there are: each of 65,536 lists may have some. */
  const left = new Map<string, number>();
  const keyOfRest = (data: Uint8Array): string => `${data.length} ${toHex(contentOf(data, platform))}`;
  for (const { start, end } of unexplained(after)) {
    const key = keyOfRest(partner.data.subarray(start, end));
    left.set(key, (left.get(key) ?? 0) + 1);
  }
  return unexplained(before).flatMap((span) => {
    const data = variable.data.subarray(span.start, span.end);
    const key = keyOfRest(data);
    const same = left.get(key) ?? 0;
    if (same > 0) {
      left.set(key, same - 1);
      bytes.kept += data.length;
      return [];
    }
    const reason = `${counted(data.length, "byte")} of its data that no signature list explains`;
    return [removedBytes(variableRef(variable), data, inBlob(variable, span), reason, platform)];
  });
}

/** Bytes of list headers, without lists that have no entry: only its size would say that such a one is a list. */
function headerBytes({ lists }: SignatureDatabase): number {
  return lists.filter(isList).length * SIGNATURE_LIST_HEADER_BYTES;
}

function isList({ fault, signatureCount }: EfiSignatureList): boolean {
  return fault === null || signatureCount > 0;
}

/** Bytes between a list's header and its first signature, behind its last one, and behind the last list. */
function unexplained({ lists, rest }: SignatureDatabase): Span[] {
  const spans = lists.flatMap((list) => {
    if (!isList(list)) return [list.span];
    const { span, firstSignature, signatureCount, signatureSize } = list;
    return [
      { start: span.start + SIGNATURE_LIST_HEADER_BYTES, end: firstSignature },
      { start: firstSignature + signatureCount * signatureSize, end: span.end },
    ];
  });
  return [...spans, rest].filter(({ start, end }) => end > start);
}

/** A place in a variable's data as one of the blob. */
function inBlob({ dataSpan }: Pick<EfiVariable, "dataSpan">, { start, end }: Span): Span {
  return { start: dataSpan.start + start, end: dataSpan.start + end };
}

/** The output keeps the order, so each variable of the input has its partner at or behind the last partner. */
function matchVariables(
  before: readonly EfiVariable[],
  after: readonly EfiVariable[],
): (EfiVariable | null)[] {
  let next = 0;
  return before.map((variable, i) => {
    const candidate = after[next];
    // With as many left as there are to match nothing was deleted from here on.
    const mustMatch = after.length - next === before.length - i;
    if (candidate === undefined || !sameVariable(variable, candidate, mustMatch)) return null;
    next++;
    return candidate;
  });
}

function sameVariable(a: EfiVariable, b: EfiVariable, mayDiffer: boolean): boolean {
  return (
    a.vendorGuid === b.vendorGuid &&
    (a.attributes === b.attributes || secureBootName(a) !== null) &&
    equalBytes(a.nameBytes, b.nameBytes) &&
    equalBytes(a.timestamp, b.timestamp) &&
    equalBytes(a.certDigest, b.certDigest) &&
    (mayDiffer || isMergedVariable(a) || equalBytes(a.data, b.data))
  );
}

interface Signature {
  readonly type: string;
  readonly owner: string;
  readonly data: Uint8Array;
  /** In the data of its variable, owner included. */
  readonly span: Span;
}

function signaturesOf(data: Uint8Array): Signature[] {
  const { lists } = readSignatureDatabase(data);
  return lists.flatMap((list) =>
    Array.from({ length: list.signatureCount }, (_, i) => {
      const { signatureOwner, signatureData, span } = signatureAt(data, list, i);
      return { type: list.signatureType, owner: signatureOwner, data: signatureData, span };
    }),
  );
}

/** Hashes stand for themselves: a dbx has a thousand of them. */
const MAX_LITERAL_BYTES = 64;

/** A character for each byte of the content: digits would take twice as many. */
function keyOf({ type, owner, data }: Omit<Signature, "span">, platform: Platform): string {
  return `${type} ${owner} ${data.length} ${decodeLatin1(contentOf(data, platform))}`;
}

function contentOf(data: Uint8Array, platform: Platform): Uint8Array {
  return data.length <= MAX_LITERAL_BYTES ? data : platform.sha256(data);
}

/** Bytes of signatures, owners included. */
interface EntryBytes {
  kept: number;
  merged: number;
  added: number;
}

type ComparedSignatures = Pick<Proof, "kept" | "merged" | "reowned" | "removed" | "added" | "deadWeight"> & {
  readonly bytes: EntryBytes;
};

function compareSignatures(
  variable: EfiVariable,
  partner: EfiVariable | null,
  { platform, knowledge }: ProofSettings,
): ComparedSignatures {
  if (partner !== null && equalBytes(variable.data, partner.data)) return allKept(variable.data);
  const output = partner === null ? [] : signaturesOf(partner.data);
  const left = new Map<string, Signature[]>();
  for (const signature of output) {
    const key = keyOf(signature, platform);
    const same = left.get(key);
    if (same === undefined) left.set(key, [signature]);
    else same.push(signature);
  }
  const take = (key: string): boolean => left.get(key)?.pop() !== undefined;
  const counts = { kept: 0, merged: 0, reowned: 0, deadWeight: 0 };
  const bytes: EntryBytes = { kept: 0, merged: 0, added: 0 };
  const removed: ChangedItem[] = [];
  for (const signature of signaturesOf(variable.data)) {
    // Without any left nothing is compared, and a deleted variable may have 190,000.
    const key = left.size === 0 ? "" : keyOf(signature, platform);
    const moved =
      key !== "" && signature.owner === XCP_NG_OWNER
        ? keyOf({ ...signature, owner: MICROSOFT_OWNER }, platform)
        : key;
    const size = sizeOf(signature);
    if (take(key)) {
      counts.kept++;
      bytes.kept += size;
    } else if (moved !== key && take(moved)) {
      counts.reowned++;
      bytes.kept += size;
    } else if (left.has(key) || left.has(moved)) {
      counts.merged++;
      bytes.merged += size;
    } else {
      const isDead = partner !== null && isDeadWeight(variable, signature, knowledge);
      if (isDead) counts.deadWeight++;
      const span = inBlob(variable, signature.span);
      removed.push(
        changedSignature(variable, signature, span, reasonOf(signature, partner, isDead), platform),
      );
    }
  }
  const added = [...left.values()].flat().map((signature) => {
    bytes.added += sizeOf(signature);
    return changedSignature(variable, signature, null, "it was supplied", platform);
  });
  return { ...counts, removed, added, bytes };
}

/** Most variables are as they were. */
function allKept(data: Uint8Array): ComparedSignatures {
  const { lists } = readSignatureDatabase(data);
  const kept = lists.reduce((sum, { signatureCount }) => sum + signatureCount, 0);
  const size = lists.reduce((sum, list) => sum + list.signatureCount * list.signatureSize, 0);
  const counts = { kept, merged: 0, reowned: 0, deadWeight: 0 };
  return { ...counts, removed: [], added: [], bytes: { kept: size, merged: 0, added: 0 } };
}

/** True for what can match nothing: firmware never compares the hash of a file, and no release lists it as that of an image. */
function isDeadWeight(variable: EfiVariable, { type, data }: Signature, { dbxTable }: Knowledge): boolean {
  if (secureBootName(variable) !== "dbx" || type !== EFI_CERT_SHA256_GUID) return false;
  const index = indexOfHash(dbxTable(), data);
  return index >= 0 && isFlatHash(dbxTable(), index);
}

function reasonOf({ data }: Signature, partner: EfiVariable | null, isDead: boolean): string {
  if (partner === null) return "its variable was deleted";
  return isDead
    ? `${toHex(data)} is the SHA-256 of a whole file and no Authenticode hash in any known release: no image can match it`
    : "it is not in the result";
}

function changedSignature(
  variable: EfiVariable,
  { type, owner, data }: Signature,
  span: Span | null,
  reason: string,
  platform: Platform,
): ChangedItem {
  const sha256 = toHex(platform.sha256(data));
  return { variable: variableRef(variable), type: nameOfGuid(type) ?? type, owner, sha256, span, reason };
}

function removedVariable(variable: EfiVariable, platform: Platform): ChangedItem {
  const reason = `the variable (${counted(variable.data.length, "byte")} of data) was deleted: ${whyDeleted(variable)}`;
  return removedBytes(variableRef(variable), variable.data, variable.span, reason, platform);
}

function whyDeleted({ nameBytes, data }: EfiVariable): string {
  const { NAME_LIMIT, DATA_LIMIT } = VARSTORED_LIMITS;
  const isTaken =
    nameBytes.length > 0 && nameBytes.length <= NAME_LIMIT && data.length > 0 && data.length <= DATA_LIMIT;
  return isTaken ? "it stood behind what the header accounts for" : "no loader takes it";
}

function removedBytes(
  variable: VariableRef | null,
  bytes: Uint8Array,
  span: Span,
  reason: string,
  platform: Platform,
): ChangedItem {
  return { variable, type: null, owner: null, sha256: toHex(platform.sha256(bytes)), span, reason };
}

/** The bytes behind the last record that are gone; whole records among them are listed as variables. */
function removedRest({ bytes }: VarstoredBlob, { cut, unread }: Leftover, platform: Platform): ChangedItem[] {
  const cutItems = cut.flatMap((record) => {
    const { span, name } = record;
    const variable: VariableRef = { name: name.toWellFormed(), guid: null };
    const reason = `a record that is cut (${sizeOf(record)} bytes from byte ${span.start}) was dropped`;
    const item = removedBytes(variable, bytes.subarray(span.start, span.end), span, reason, platform);
    return [item, ...cutSignatures(bytes, record, platform)];
  });
  const others = unread.map((span) => {
    const reason = `${counted(sizeOf({ span }), "byte")} after the last variable, from byte ${span.start}, dropped`;
    return removedBytes(null, bytes.subarray(span.start, span.end), span, reason, platform);
  });
  return [...cutItems, ...others];
}

const LIST_NAMES: ReadonlySet<string> = new Set(["PK", "KEK", "db", "dbx", "dbt"]);

/** What can still be read of its lists; the name alone tells that they are some. */
function cutSignatures(bytes: Uint8Array, { name, dataSpan }: CutRecord, platform: Platform): ChangedItem[] {
  if (!LIST_NAMES.has(name)) return [];
  const variable: VariableRef = { name, guid: null };
  return signaturesOf(bytes.subarray(dataSpan.start, dataSpan.end)).map(({ type, owner, data, span }) => ({
    variable,
    type: nameOfGuid(type) ?? type,
    owner,
    sha256: toHex(platform.sha256(data)),
    span: inBlob({ dataSpan }, span),
    reason: "its record is cut, and was dropped",
  }));
}
