/**
 * Compares the input of a repair with its output, signature by signature. It is made from the bytes of the two
 * alone and knows nothing of patches, so that a wrong patch cannot vouch for itself.
 */
import { equalBytes, toHex } from "../../parsers/bytes.ts";
import {
  EFI_CERT_SHA256_GUID,
  readSignatureDatabase,
  signatureAt,
} from "../../parsers/efi/signature-list.ts";
import {
  isMergedVariable,
  secureBootName,
  signatureVariableKind,
} from "../../parsers/efi/signature-variables.ts";
import { MICROSOFT_OWNER, nameOfGuid, XCP_NG_OWNER } from "../../parsers/guids.ts";
import type { EfiVariable, VarstoredBlob } from "../../parsers/model.ts";
import type { Platform } from "../../parsers/platform.ts";
import { indexOfHash, isFlatHash } from "../knowledge/dbx-table.ts";
import type { Knowledge } from "../knowledge/knowledge.ts";
import type { ChangedItem, Proof } from "./repair-types.ts";
import { type VariableRef, variableRef } from "./report.ts";

interface ProofSettings {
  readonly platform: Platform;
  readonly knowledge: Knowledge;
}

/** Everything of `before` is in the result: kept, merged, reowned, or named in `removed`. */
export function compareBlobs(before: VarstoredBlob, after: VarstoredBlob, settings: ProofSettings): Proof {
  const { platform } = settings;
  const tally = { kept: 0, merged: 0, reowned: 0, deadWeight: 0, unchangedVariables: 0 };
  const removed: ChangedItem[] = [];
  const added: ChangedItem[] = [];
  const changedVariables: Proof["changedVariables"][number][] = [];
  const partners = matchVariables(before.variables, after.variables);
  before.variables.forEach((variable, i) => {
    const partner = partners[i] ?? null;
    if (partner === null) removed.push(removedVariable(variable, platform));
    else if (equalBytes(partner.data, variable.data)) tally.unchangedVariables++;
    else
      changedVariables.push({
        variable: variableRef(variable),
        bytesBefore: variable.data.length,
        bytesAfter: partner.data.length,
      });
    if (signatureVariableKind(variable) === null) return;
    const result = compareSignatures(variable, partner, settings);
    tally.kept += result.kept;
    tally.merged += result.merged;
    tally.reowned += result.reowned;
    tally.deadWeight += result.deadWeight;
    removed.push(...result.removed);
    added.push(...result.added);
  });
  removed.push(...removedRest(before, after, platform));
  return { ...tally, removed, added, changedVariables };
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
    a.attributes === b.attributes &&
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
}

function signaturesOf(data: Uint8Array): Signature[] {
  const { lists } = readSignatureDatabase(data);
  return lists.flatMap((list) =>
    Array.from({ length: list.signatureCount }, (_, i) => {
      const { signatureOwner, signatureData } = signatureAt(data, list, i);
      return { type: list.signatureType, owner: signatureOwner, data: signatureData };
    }),
  );
}

/** Hashes stand for themselves: a dbx has a thousand of them. */
const MAX_LITERAL_BYTES = 64;

function keyOf({ type, owner, data }: Signature, platform: Platform): string {
  const content = data.length <= MAX_LITERAL_BYTES ? data : platform.sha256(data);
  return `${type} ${owner} ${data.length} ${toHex(content)}`;
}

function compareSignatures(
  variable: EfiVariable,
  partner: EfiVariable | null,
  { platform, knowledge }: ProofSettings,
): Pick<Proof, "kept" | "merged" | "reowned" | "removed" | "added" | "deadWeight"> {
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
  const removed: ChangedItem[] = [];
  for (const signature of signaturesOf(variable.data)) {
    const key = keyOf(signature, platform);
    const moved =
      signature.owner === XCP_NG_OWNER ? keyOf({ ...signature, owner: MICROSOFT_OWNER }, platform) : key;
    if (take(key)) counts.kept++;
    else if (moved !== key && take(moved)) counts.reowned++;
    else if (left.has(key) || left.has(moved)) counts.merged++;
    else {
      const isDead = partner !== null && isDeadWeight(variable, signature, knowledge);
      if (isDead) counts.deadWeight++;
      removed.push(changedSignature(variable, signature, reasonOf(signature, partner, isDead), platform));
    }
  }
  const added = [...left.values()]
    .flat()
    .map((signature) => changedSignature(variable, signature, "it was supplied", platform));
  return { ...counts, removed, added };
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
  reason: string,
  platform: Platform,
): ChangedItem {
  const sha256 = toHex(platform.sha256(data));
  return { variable: variableRef(variable), type: nameOfGuid(type) ?? type, owner, sha256, reason };
}

function removedVariable(variable: EfiVariable, platform: Platform): ChangedItem {
  const sha256 = toHex(platform.sha256(variable.data));
  const reason = `the variable (${variable.data.length} bytes of data) was deleted: no loader takes it`;
  return { variable: variableRef(variable), type: null, owner: null, sha256, reason };
}

function removedRest(before: VarstoredBlob, after: VarstoredBlob, platform: Platform): ChangedItem[] {
  const rest = before.bytes.subarray(before.rest.start, before.rest.end);
  const kept = after.bytes.subarray(after.rest.start, after.rest.end);
  if (rest.length === 0 || equalBytes(rest, kept)) return [];
  const cut = before.stop?.cut ?? null;
  const variable: VariableRef | null = cut === null ? null : { name: cut.name.toWellFormed(), guid: null };
  const what = before.stop?.code === "cut-record" ? "a record that is cut" : "bytes after the last variable";
  return [
    {
      variable,
      type: null,
      owner: null,
      sha256: toHex(platform.sha256(rest)),
      reason: `${what} (${rest.length} bytes from byte ${before.rest.start}) was dropped`,
    },
  ];
}
