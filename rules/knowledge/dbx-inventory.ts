/** What a dbx holds, sorted by what it means: hashes of images, SVN entries, certificates. One pass, nothing made per hash. */
import { toHex } from "../../parsers/bytes.ts";
import { GUID_BYTES, guidBytes, readGuid } from "../../parsers/efi/guid.ts";
import {
  EFI_CERT_SHA256_GUID,
  EFI_CERT_X509_GUID,
  type EfiSignatureList,
  type SignatureDatabase,
} from "../../parsers/efi/signature-list.ts";
import { MICROSOFT_OWNER } from "../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { Platform } from "../../parsers/platform.ts";
import { type DbxTable, findHash, HASH_BYTES, wordsOf } from "./dbx-table.ts";
import { addHash, countHashes, emptySet, type HashSet } from "./hash-set.ts";
import { type Svn, svnOfEntry } from "./svn.ts";

export interface DbxInventory {
  /** SHA-256 entries that stand for hashes, repetitions counted. */
  readonly hashEntryCount: number;
  /** Hashes of the table that are there, under any owner. */
  readonly known: HashSet;
  /** Those of `known` that are there under Microsoft's owner: what the daemon drops from Microsoft's updates. */
  readonly ownedByMicrosoft: HashSet;
  readonly knownCount: number;
  /** Offsets, in bytes of the dbx, of entries whose hash the table lacks; a hash that is there twice is named twice. */
  readonly unknownOffsets: readonly number[];
  readonly svns: readonly OwnedSvn[];
  readonly certificates: readonly OwnedCertificate[];
}

export interface OwnedSvn {
  readonly owner: string;
  /** Offset of the entry, in bytes of the dbx. */
  readonly offset: number;
  readonly svn: Svn;
}

export interface OwnedCertificate {
  readonly owner: string;
  readonly offset: number;
  /** Fingerprint in lower-case hexadecimal. */
  readonly sha256: string;
}

const HASH_ENTRY_BYTES: number = GUID_BYTES + HASH_BYTES;
const HASH_ENTRY_WORDS: number = HASH_ENTRY_BYTES / 4;
const OWNER_WORDS: number = GUID_BYTES / 4;
const MICROSOFT_WORDS: Int32Array = wordsOf(guidBytes(MICROSOFT_OWNER));

/** Entries of other types and lists of an odd size are passed over: they are no business of Microsoft's updates. */
export function takeInventory(
  table: DbxTable,
  database: SignatureDatabase,
  platform: Pick<Platform, "sha256">,
): DbxInventory {
  const draft: Draft = {
    hashEntryCount: 0,
    known: emptySet(table.hashCount),
    ownedByMicrosoft: emptySet(table.hashCount),
    unknownOffsets: [],
    svns: [],
    certificates: [],
  };
  for (const list of database.lists) {
    if (list.signatureType === EFI_CERT_X509_GUID) takeCertificates(draft, database.data, list, platform);
    if (list.signatureType !== EFI_CERT_SHA256_GUID || list.signatureSize !== HASH_ENTRY_BYTES) continue;
    takeHashes(draft, table, database.data, list);
  }
  return { ...draft, knownCount: countHashes(draft.known) };
}

type Draft = {
  -readonly [Key in Exclude<
    keyof DbxInventory,
    "knownCount"
  >]: DbxInventory[Key] extends readonly (infer Item)[] ? Item[] : DbxInventory[Key];
};

function takeHashes(draft: Draft, table: DbxTable, data: Uint8Array, list: EfiSignatureList): void {
  const start = list.firstSignature;
  const words = wordsOf(data.subarray(start, start + list.signatureCount * HASH_ENTRY_BYTES));
  for (let i = 0; i < list.signatureCount; i++) {
    const at = i * HASH_ENTRY_WORDS;
    const index = findHash(table, words, at + OWNER_WORDS);
    if (index < 0) {
      takeUnknown(draft, data, start + i * HASH_ENTRY_BYTES);
      continue;
    }
    draft.hashEntryCount++;
    addHash(draft.known, index);
    if (isMicrosoft(words, at)) addHash(draft.ownedByMicrosoft, index);
  }
}

function isMicrosoft(words: Int32Array, at: number): boolean {
  for (let i = 0; i < OWNER_WORDS; i++) if (words[at + i] !== MICROSOFT_WORDS[i]) return false;
  return true;
}

function takeUnknown(draft: Draft, data: Uint8Array, offset: number): void {
  const hash = data.subarray(offset + GUID_BYTES, offset + HASH_ENTRY_BYTES);
  // SVN_DATA begins with its version, 1: for all other entries the owner need not become a text.
  const owner = hash[0] === 1 ? readGuid(data, offset) : "";
  const svn = svnOfEntry(owner, hash);
  if (svn !== null) {
    draft.svns.push({ owner, offset, svn });
    return;
  }
  draft.hashEntryCount++;
  draft.unknownOffsets.push(offset);
}

function takeCertificates(
  draft: Draft,
  data: Uint8Array,
  list: EfiSignatureList,
  platform: Pick<Platform, "sha256">,
): void {
  for (let i = 0; i < list.signatureCount; i++) {
    if (draft.certificates.length >= PARSER_LIMITS.maxStoredCertificates) return;
    const offset = list.firstSignature + i * list.signatureSize;
    const der = data.subarray(offset + GUID_BYTES, offset + list.signatureSize);
    draft.certificates.push({ owner: readGuid(data, offset), offset, sha256: toHex(platform.sha256(der)) });
  }
}
