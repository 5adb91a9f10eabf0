/** What one variable of signatures has that another has not, entry by entry; order and grouping into lists mean nothing. */
import { toHex } from "../../parsers/bytes.ts";
import {
  readSignatureDatabase,
  type SignatureDatabase,
  type SignatureListFault,
  signatureAt,
} from "../../parsers/efi/signature-list.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { Span } from "../../parsers/model.ts";
import type { Platform } from "../../parsers/platform.ts";

/** One entry of one of the two variables. */
export interface ComparedSignature {
  /** GUIDs, in lower case. */
  readonly type: string;
  readonly owner: string;
  /** Without the owner. */
  readonly data: Uint8Array;
  /** Of `data`, in lower-case hexadecimal. */
  readonly sha256: string;
  /** In bytes of its variable's data, owner included. */
  readonly span: Span;
}

/** An entry that the other variable has fewer times under this owner. */
export interface UnmatchedSignature extends ComparedSignature {
  /** Whether the other variable holds the same type and data all the same: once less, or under other owners. */
  readonly isInOther: boolean;
}

/** The same type and data under another owner: before as in A, afterwards as in B. */
export interface MovedSignature extends ComparedSignature {
  readonly ownerInB: string;
}

export interface SignatureComparison {
  /** Entries that both have, of the same type, owner and data. */
  readonly kept: number;
  /** In B alone. */
  readonly added: readonly UnmatchedSignature[];
  /** In A alone. */
  readonly removed: readonly UnmatchedSignature[];
  readonly moved: readonly MovedSignature[];
  /** What keeps a part of the data from being read, and so from being compared here. */
  readonly faultInA: SignatureListFault | null;
  readonly faultInB: SignatureListFault | null;
}

type Hasher = Pick<Platform, "sha256">;

/** Null where the two hold more than PARSER_LIMITS.maxComparedSignatures: then only their bytes can be compared. */
export function compareSignatures(
  a: Uint8Array,
  b: Uint8Array,
  platform: Hasher,
): SignatureComparison | null {
  const [databaseA, databaseB] = [readSignatureDatabase(a), readSignatureDatabase(b)];
  const count = signatureCount(databaseA) + signatureCount(databaseB);
  if (count > PARSER_LIMITS.maxComparedSignatures) return null;
  const [inA, inB] = [signaturesOf(databaseA, platform), signaturesOf(databaseB, platform)];
  const [onlyA, onlyB] = [unmatched(inA, inB, keyWithOwner), unmatched(inB, inA, keyWithOwner)];
  const moved = pairByData(onlyA, onlyB);
  const [removed, added] = [unmatched(onlyA, onlyB, keyOfData), unmatched(onlyB, onlyA, keyOfData)];
  return {
    kept: inA.length - onlyA.length,
    added: markOther(added, inA),
    removed: markOther(removed, inB),
    moved,
    faultInA: databaseA.fault,
    faultInB: databaseB.fault,
  };
}

function signatureCount({ lists }: SignatureDatabase): number {
  return lists.reduce((sum, list) => sum + list.signatureCount, 0);
}

function signaturesOf({ data, lists }: SignatureDatabase, platform: Hasher): ComparedSignature[] {
  return lists.flatMap((list) =>
    Array.from({ length: list.signatureCount }, (_, i): ComparedSignature => {
      const { signatureOwner, signatureData, span } = signatureAt(data, list, i);
      const sha256 = toHex(platform.sha256(signatureData));
      return { type: list.signatureType, owner: signatureOwner, data: signatureData, sha256, span };
    }),
  );
}

type Key = (signature: ComparedSignature) => string;

const keyOfData: Key = ({ type, sha256 }) => `${type} ${sha256}`;
const keyWithOwner: Key = (signature) => `${keyOfData(signature)} ${signature.owner}`;

/** What `these` has more often than `others`; of several alike the last ones. */
function unmatched(
  these: readonly ComparedSignature[],
  others: readonly ComparedSignature[],
  key: Key,
): ComparedSignature[] {
  const left = countsOf(others, key);
  return these.filter((signature) => {
    const count = left.get(key(signature)) ?? 0;
    left.set(key(signature), count - 1);
    return count <= 0;
  });
}

function countsOf(signatures: readonly ComparedSignature[], key: Key): Map<string, number> {
  const counts = new Map<string, number>();
  for (const signature of signatures) counts.set(key(signature), (counts.get(key(signature)) ?? 0) + 1);
  return counts;
}

/** Each entry that lost its owner, with the owner that the same data gained. */
function pairByData(
  onlyA: readonly ComparedSignature[],
  onlyB: readonly ComparedSignature[],
): MovedSignature[] {
  const gained = new Map<string, string[]>();
  // Backwards, so that `pop` gives the first of several owners first.
  for (const signature of onlyB.toReversed()) {
    const key = keyOfData(signature);
    const owners = gained.get(key);
    if (owners === undefined) gained.set(key, [signature.owner]);
    else owners.push(signature.owner);
  }
  return onlyA.flatMap((signature) => {
    const ownerInB = gained.get(keyOfData(signature))?.pop();
    return ownerInB === undefined ? [] : [{ ...signature, ownerInB }];
  });
}

function markOther(
  signatures: readonly ComparedSignature[],
  others: readonly ComparedSignature[],
): UnmatchedSignature[] {
  const known = new Set(others.map(keyOfData));
  return signatures.map((signature) => ({ ...signature, isInOther: known.has(keyOfData(signature)) }));
}
