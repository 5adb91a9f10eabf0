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
import { dropSignatures } from "./drop-signatures.ts";
import { findDuplicates } from "./duplicates.ts";

const MICROSOFT_OWNER_BYTES = guidBytes(MICROSOFT_OWNER);
const LIST_SIZE_OFFSET = 16;
const GUID_BYTES = 16;

/** Entries of XCP-ng's owner under Microsoft's; all other bytes as they are. */
export function reowned(database: SignatureDatabase): Uint8Array {
  const copy = database.data.slice();
  for (const { owner, start, count, signatureSize } of ownerRuns(database)) {
    if (owner !== XCP_NG_OWNER) continue;
    for (let i = 0; i < count; i++) copy.set(MICROSOFT_OWNER_BYTES, start + i * signatureSize);
  }
  return copy;
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

/** What merge makes of a variable with this data. */
export function mergedDatabase(
  { data: { length } }: Pick<EfiVariable, "data">,
  database: SignatureDatabase,
  platform: Platform,
): SignatureDatabase {
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

function merged(
  mended: Uint8Array | null,
  database: SignatureDatabase,
  platform: Platform,
): SignatureDatabase {
  const readable = mended === null ? database : readSignatureDatabase(mended);
  const owned =
    entriesOwnedBy(readable, XCP_NG_OWNER) === 0 ? readable : readSignatureDatabase(reowned(readable));
  if (owned.fault !== null) return owned;
  const { identical } = findDuplicates(owned, platform.hashSeed);
  return identical.length === 0 ? owned : readSignatureDatabase(dropSignatures(owned, new Set(identical)));
}

/** What is left of a database that has a fault, if what can be read of it is kept and merged. */
export function salvagedDatabase(database: SignatureDatabase, platform: Platform): SignatureDatabase {
  return merged(readableLists(database), database, platform);
}
