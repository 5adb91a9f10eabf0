/** How a dbx stands to Microsoft's releases, and what an update would do to it. Pure set arithmetic. */
import { GUID_BYTES } from "../../parsers/efi/guid.ts";
import { SIGNATURE_LIST_HEADER_BYTES } from "../../parsers/efi/signature-list.ts";
import { MICROSOFT_OWNER } from "../../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import { oncePer } from "../../parsers/once-per.ts";
import type { DbxInventory } from "./dbx-inventory.ts";
import { type DbxRelease, type DbxTable, HASH_BYTES } from "./dbx-table.ts";
import { countCommon, difference, type HashSet, intersection } from "./hash-set.ts";
import { compareSvn, highestSvns, SVN_OWNER, type Svn } from "./svn.ts";

export interface ReleaseCoverage {
  readonly release: DbxRelease;
  /** Hashes of the release that the dbx has, under any owner: firmware does not look at it. */
  readonly coveredCount: number;
  readonly missingCount: number;
  /** Part of `missingCount` that counts only while Production PCA 2011 is trusted. */
  readonly missingOptionalCount: number;
  /** Hashes of the dbx that the release lacks, unknown ones with their repetitions. */
  readonly extraCount: number;
  /** Fingerprints of certificates that the release revokes and the dbx does not. */
  readonly missingCertificates: readonly string[];
  /** Numbers of the release that are higher than the dbx's. */
  readonly missingSvns: readonly Svn[];
}

/** Per release, in the order of the table with which the inventory was taken. */
export const coverage: (inventory: DbxInventory, table: DbxTable) => readonly ReleaseCoverage[] =
  oncePer(coverageOf);

function coverageOf(inventory: DbxInventory, table: DbxTable): readonly ReleaseCoverage[] {
  const highest = highestSvns(inventory.svns.map(({ svn }) => svn));
  const revoked = new Set(inventory.certificates.map(({ sha256 }) => sha256));
  const coveredOptional = intersection(table.optional, inventory.known);
  return table.releases.map((release) => {
    const coveredCount = countCommon(release.hashes, inventory.known);
    return {
      release,
      coveredCount,
      missingCount: release.hashCount - coveredCount,
      missingOptionalCount:
        countCommon(release.hashes, table.optional) - countCommon(release.hashes, coveredOptional),
      extraCount: inventory.knownCount - coveredCount + inventory.unknownOffsets.length,
      missingCertificates: release.certificates
        .map(({ sha256 }) => sha256)
        .filter((sha256) => !revoked.has(sha256)),
      missingSvns: release.svns.filter((svn) => {
        const held = highest.get(svn.applicationGuid);
        return held === undefined || compareSvn(held, svn) < 0;
      }),
    };
  });
}

/** Hashes of a release that the dbx lacks: what to name where a count does not do. */
export function missingHashes(release: DbxRelease, inventory: DbxInventory): HashSet {
  return difference(release.hashes, inventory.known);
}

/** Hashes of the table that the dbx has and a release lacks; the dbx's unknown hashes come on top. */
export function extraHashes(release: DbxRelease, inventory: DbxInventory): HashSet {
  return difference(inventory.known, release.hashes);
}

/** True where nothing of the release is missing; optional hashes do not count where `optionalMatters` is false. */
export function isCovered(one: ReleaseCoverage, optionalMatters: boolean): boolean {
  const missing = optionalMatters ? one.missingCount : one.missingCount - one.missingOptionalCount;
  return missing === 0 && one.missingCertificates.length === 0 && one.missingSvns.length === 0;
}

/** The newest release that lists hashes of images: what a dbx is measured by. Null for a table without one. */
export function newestHashRelease(table: DbxTable): DbxRelease | null {
  return table.releases.findLast(({ hashCount }) => hashCount > 0) ?? null;
}

/** What appending an update does to a dbx. */
export interface UpdateGrowth {
  readonly release: DbxRelease;
  readonly addedCount: number;
  /** Entries that the daemon leaves out because the same entry, owner included, is there. */
  readonly droppedCount: number;
  readonly addedBytes: number;
  readonly dbxBytesAfter: number;
  /** At most DATA_LIMIT. If not: a daemon without the check of the sum stores a blob that it never loads again, one with it refuses. */
  readonly fits: boolean;
}

/**
 * Growth of a dbx of `dbxBytes` by an update (varstored handler.c, filter_signature_list): an entry goes if a list of the
 * same type and size has it with the same owner; a list of which nothing is left goes as a whole. Says nothing of the
 * signature. Of a reference with other owners it assumes that nothing is dropped, so it never says too little.
 */
export function growthBy(release: DbxRelease, inventory: DbxInventory, dbxBytes: number): UpdateGrowth {
  const held = release.ownedByMicrosoft ? countCommon(release.hashes, inventory.ownedByMicrosoft) : 0;
  const newHashes = release.hashCount - held;
  const newSvns = release.svns.filter((svn) => !hasSvnEntry(inventory, svn)).length;
  const newCertificates = release.certificates.filter(({ sha256 }) => !hasCertificate(inventory, sha256));
  const addedBytes =
    listBytes(newHashes, HASH_BYTES) +
    listBytes(newSvns, HASH_BYTES) +
    newCertificates.reduce((sum, { derBytes }) => sum + listBytes(1, derBytes), 0);
  const addedCount = newHashes + newSvns + newCertificates.length;
  const offered = release.hashCount + release.svns.length + release.certificates.length;
  const dbxBytesAfter = dbxBytes + addedBytes;
  return {
    release,
    addedCount,
    droppedCount: offered - addedCount,
    addedBytes,
    dbxBytesAfter,
    fits: dbxBytesAfter <= VARSTORED_LIMITS.DATA_LIMIT,
  };
}

/** Growth by every release that would add something, in the table's order: what the guest may apply next. */
export function nextUpdates(
  table: DbxTable,
  inventory: DbxInventory,
  dbxBytes: number,
): readonly UpdateGrowth[] {
  return table.releases
    .map((release) => growthBy(release, inventory, dbxBytes))
    .filter(({ addedCount }) => addedCount > 0);
}

function hasSvnEntry(inventory: DbxInventory, wanted: Svn): boolean {
  return inventory.svns.some(
    ({ owner, svn }) =>
      owner === SVN_OWNER && svn.applicationGuid === wanted.applicationGuid && compareSvn(svn, wanted) === 0,
  );
}

function hasCertificate(inventory: DbxInventory, wanted: string): boolean {
  return inventory.certificates.some(({ owner, sha256 }) => owner === MICROSOFT_OWNER && sha256 === wanted);
}

function listBytes(count: number, dataBytes: number): number {
  return count === 0 ? 0 : SIGNATURE_LIST_HEADER_BYTES + count * (GUID_BYTES + dataBytes);
}
