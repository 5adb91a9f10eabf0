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
import { oncePerPair } from "../../parsers/once-per.ts";
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
  /** Offsets of the entries whose hash the table has, repetitions included, and the index of each one's hash there. */
  readonly knownOffsets: Int32Array;
  readonly knownIndexes: Int32Array;
  /** Offsets, in bytes of the dbx, of entries whose hash the table lacks; a hash that is there twice is named twice. */
  readonly unknownOffsets: Int32Array;
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

/**
 * Entries of other types and lists of an odd size are passed over: they are no business of Microsoft's updates. Taken once
 * for each database: several rules and what is shown of a dbx ask for it.
 */
export function takeInventory(
  table: DbxTable,
  database: SignatureDatabase,
  platform: Pick<Platform, "sha256">,
): DbxInventory {
  return takeAll(database, table, platform);
}

const takeAll = oncePerPair(
  (database: SignatureDatabase, table: DbxTable, platform: Pick<Platform, "sha256">): DbxInventory => {
    let room = 0;
    for (const list of database.lists) if (isOfHashes(list)) room += list.signatureCount;
    const draft: Draft = {
      known: emptySet(table.hashCount),
      ownedByMicrosoft: emptySet(table.hashCount),
      knownOffsets: new Int32Array(room),
      knownIndexes: new Int32Array(room),
      unknownOffsets: new Int32Array(room),
      knownEntries: 0,
      unknownEntries: 0,
      svns: [],
      certificates: [],
    };
    for (const list of database.lists) {
      if (list.signatureType === EFI_CERT_X509_GUID) takeCertificates(draft, database.data, list, platform);
      if (isOfHashes(list)) takeHashes(draft, table, database.data, list);
    }
    const { known, ownedByMicrosoft, knownEntries, unknownEntries, svns, certificates } = draft;
    return {
      known,
      ownedByMicrosoft,
      knownOffsets: draft.knownOffsets.subarray(0, knownEntries),
      knownIndexes: draft.knownIndexes.subarray(0, knownEntries),
      unknownOffsets: draft.unknownOffsets.subarray(0, unknownEntries),
      svns,
      certificates,
      hashEntryCount: knownEntries + unknownEntries,
      knownCount: countHashes(known),
    };
  },
);

function isOfHashes({ signatureType, signatureSize }: EfiSignatureList): boolean {
  return signatureType === EFI_CERT_SHA256_GUID && signatureSize === HASH_ENTRY_BYTES;
}

/** Arrays with room for all entries, filled from the front. */
interface Draft extends Omit<DbxInventory, "knownCount" | "hashEntryCount" | "svns" | "certificates"> {
  knownEntries: number;
  unknownEntries: number;
  readonly svns: OwnedSvn[];
  readonly certificates: OwnedCertificate[];
}

/** Room for the lists of a dbx that loads: a copy of its own for each would be most of what an analysis leaves to collect. */
const scratchBytes = new Uint8Array(65_536);
const scratchWords = new Int32Array(scratchBytes.buffer);

/** Good until the next call. */
function alignedWords(bytes: Uint8Array): Int32Array {
  if (bytes.length > scratchBytes.length) return wordsOf(bytes);
  scratchBytes.set(bytes);
  return scratchWords;
}

function takeHashes(draft: Draft, table: DbxTable, data: Uint8Array, list: EfiSignatureList): void {
  const { known, ownedByMicrosoft, knownOffsets, knownIndexes, unknownOffsets, svns } = draft;
  const { firstSignature, signatureCount } = list;
  const words = alignedWords(
    data.subarray(firstSignature, firstSignature + signatureCount * HASH_ENTRY_BYTES),
  );
  let { knownEntries, unknownEntries } = draft;
  for (let i = 0, offset = firstSignature; i < signatureCount; i++, offset += HASH_ENTRY_BYTES) {
    const at = i * HASH_ENTRY_WORDS;
    const index = findHash(table, words, at + OWNER_WORDS);
    if (index >= 0) {
      knownOffsets[knownEntries] = offset;
      knownIndexes[knownEntries++] = index;
      addHash(known, index);
      if (isMicrosoft(words, at)) addHash(ownedByMicrosoft, index);
      continue;
    }
    // SVN_DATA begins with its version, 1: of all other entries nothing need be made to look at them.
    const svn = data[offset + GUID_BYTES] === 1 ? ownedSvn(data, offset) : null;
    if (svn === null) unknownOffsets[unknownEntries++] = offset;
    else svns.push(svn);
  }
  draft.knownEntries = knownEntries;
  draft.unknownEntries = unknownEntries;
}

function isMicrosoft(words: Int32Array, at: number): boolean {
  for (let i = 0; i < OWNER_WORDS; i++) if (words[at + i] !== MICROSOFT_WORDS[i]) return false;
  return true;
}

function ownedSvn(data: Uint8Array, offset: number): OwnedSvn | null {
  const owner = readGuid(data, offset);
  const svn = svnOfEntry(owner, data.subarray(offset + GUID_BYTES, offset + HASH_ENTRY_BYTES));
  return svn === null ? null : { owner, offset, svn };
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
