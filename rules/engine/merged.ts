/**
 * What the default strategy makes of KEK, db and dbx, worked out without a repair: for rules that tell of a fault which the
 * repairs of other rules mend. The repairs themselves are made of the same parts.
 */
import { concatBytes, viewOf } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { entriesOwnedBy, ownerRuns } from "../../parsers/efi/owner-runs.ts";
import {
  buildSignatureList,
  type EfiSignatureList,
  readSignatureDatabase,
  SIGNATURE_LIST_HEADER_BYTES,
  type SignatureDatabase,
  signatureOffsets,
} from "../../parsers/efi/signature-list.ts";
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import { isFiller } from "../../parsers/nvram/leftover.ts";
import { oncePer } from "../../parsers/once-per.ts";
import type { Platform } from "../../parsers/platform.ts";
import { dropSignatures, lengthWithout } from "./drop-signatures.ts";
import { duplicatesOf, indexOf } from "./duplicates.ts";

const MICROSOFT_OWNER_WORDS = viewOf(guidBytes(MICROSOFT_OWNER));
const LIST_SIZE_OFFSET = 16;
const GUID_BYTES = 16;

/** Entries of XCP-ng's owner under Microsoft's; all other bytes as they are. */
export function reowned(database: SignatureDatabase): Uint8Array {
  const copy = database.data.slice();
  const view = viewOf(copy);
  for (const { owner, start, count, signatureSize } of ownerRuns(database)) {
    if (owner !== XCP_NG_OWNER) continue;
    for (let i = 0, at = start; i < count; i++, at += signatureSize) writeMicrosoft(view, at);
  }
  return copy;
}

/** Word by word: a call of `set` for each of a thousand entries takes ten times as long. */
function writeMicrosoft(view: DataView, at: number): void {
  for (let i = 0; i < GUID_BYTES; i += 4) view.setUint32(at + i, MICROSOFT_OWNER_WORDS.getUint32(i));
}

/** The last list ends with the data, in whole entries, and only its declared size says otherwise: the data with the true size. */
export function withTrueSize({ data, lists }: SignatureDatabase): Uint8Array | null {
  const list = lists.at(-1);
  if (list?.fault?.code !== "list-size-past-end" || list.signatureCount === 0) return null;
  const copy = data.slice();
  viewOf(copy).setUint32(list.span.start + LIST_SIZE_OFFSET, list.span.end - list.span.start, true);
  return readSignatureDatabase(copy).fault === null ? copy : null;
}

/** What can be read of a database that has a fault: lists of the true size with their whole entries, and nothing else. */
export function readableLists({ data, lists }: SignatureDatabase): Uint8Array {
  const parts = lists.filter(({ signatureCount }) => signatureCount > 0).map((list) => rebuilt(data, list));
  return concatBytes(parts);
}

function rebuilt(data: Uint8Array, list: EfiSignatureList): Uint8Array {
  const { span, firstSignature, signatureSize } = list;
  const header = data.subarray(span.start + SIGNATURE_LIST_HEADER_BYTES, firstSignature);
  const entries = Array.from(signatureOffsets(list), (offset) =>
    data.subarray(offset, offset + signatureSize),
  );
  return buildSignatureList(
    data.subarray(span.start, span.start + GUID_BYTES),
    header,
    signatureSize,
    entries,
  );
}

/** True where nothing is wrong with the lists, and in the bytes behind the last one nothing can be read. */
export function hasFillerBehind({ data, lists, rest, fault }: SignatureDatabase): boolean {
  return (
    fault !== null &&
    lists.some(({ signatureCount }) => signatureCount > 0) &&
    lists.every((list) => list.fault === null) &&
    isFiller(data.subarray(rest.start, rest.end))
  );
}

/** What merge makes of a database. */
export interface Merged {
  readonly fault: SignatureDatabase["fault"];
  /** Size of its data. */
  readonly bytes: number;
  /** Entries that repeat the data of an earlier one under another owner. */
  readonly duplicatesLeft: number;
  /** Made only when it is called: usually only the size is needed. */
  readonly database: () => SignatureDatabase;
}

/** What merge makes of a variable with this data. */
export function mergedDatabase(
  { data: { length } }: Pick<EfiVariable, "data">,
  database: SignatureDatabase,
  platform: Platform,
): Merged {
  return length > VARSTORED_LIMITS.DATA_LIMIT
    ? mergedLong(database, platform)
    : mergedShort(database, platform);
}

const mergedShort = oncePer((database: SignatureDatabase, platform: Platform) =>
  merged(withTrueSize(database), database, platform),
);
/** Only of what no loader takes are bytes given up by merge: there was something to repair already. */
const mergedLong = oncePer((database: SignatureDatabase, platform: Platform) =>
  merged(
    withTrueSize(database) ?? (hasFillerBehind(database) ? readableLists(database) : null),
    database,
    platform,
  ),
);

function merged(mended: Uint8Array | null, database: SignatureDatabase, platform: Platform): Merged {
  const readable = mended === null ? database : readSignatureDatabase(mended);
  const { fault, data } = readable;
  // Another owner changes no size and no data: the lists, and which entries are alike, stay what they are.
  const owned = (): SignatureDatabase =>
    entriesOwnedBy(readable, XCP_NG_OWNER) === 0 ? readable : { ...readable, data: reowned(readable) };
  if (fault !== null) return { fault, bytes: data.length, duplicatesLeft: 0, database: once(owned) };
  const index = indexOf(readable, platform.hashSeed);
  const { identical, duplicates } = duplicatesOf(readable, index, ownerAfterMerge);
  const left = (): SignatureDatabase =>
    identical.length === 0 ? owned() : readSignatureDatabase(dropSignatures(owned(), identical));
  return {
    fault: null,
    bytes: lengthWithout(readable, identical),
    duplicatesLeft: duplicates - identical.length,
    database: once(left),
  };
}

function ownerAfterMerge(owner: string): string {
  return owner === XCP_NG_OWNER ? MICROSOFT_OWNER : owner;
}

function once<Value extends object>(make: () => Value): () => Value {
  let made: Value | null = null;
  return () => {
    made ??= make();
    return made;
  };
}

/** What is left of a database that has a fault, if what can be read of it is kept and merged. */
export function salvagedDatabase(database: SignatureDatabase, platform: Platform): SignatureDatabase {
  return merged(readableLists(database), database, platform).database();
}
