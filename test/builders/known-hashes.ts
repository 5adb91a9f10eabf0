/** Hashes of Microsoft's tables by what they are. They are facts, so a case may carry them. */
import { guidBytes } from "../../parsers/efi/guid.ts";
import {
  type Architecture,
  authenticodeHashes,
  type DbxTable,
  hashAt,
  isAuthenticodeHash,
} from "../../rules/knowledge/dbx-table.ts";
import { difference, hasHash, indexesOf } from "../../rules/knowledge/hash-set.ts";
import { testKnowledge } from "../knowledge.ts";

const table: DbxTable = testKnowledge.dbxTable();

/** SHA-256 of whole files that are no Authenticode hash. */
export function flatHashes(): Uint8Array[] {
  return indexesOf(difference(table.flat, authenticodeHashes(table))).map((index) => hashAt(table, index));
}

/** Hashes of files that are Authenticode hashes as well. */
export function flatAndAuthenticodeHashes(): Uint8Array[] {
  const both = indexesOf(table.flat).filter((index) => isAuthenticodeHash(table, index));
  return both.map((index) => hashAt(table, index));
}

/** Hashes of images for this architecture and not for x64. */
export function hashesOnlyFor(architecture: Architecture): Uint8Array[] {
  const { authenticode, releases } = table;
  return indexesOf(difference(authenticode[architecture], authenticode.x64))
    .filter((index) => !releases.some(({ hashes }) => hasHash(hashes, index)))
    .map((index) => hashAt(table, index));
}

/** SVN_DATA of a boot application: version 1, GUID, minor, major, zeros. */
export function svnData(applicationGuid: string, major: number): Uint8Array {
  const data = new Uint8Array(32);
  data[0] = 1;
  data.set(guidBytes(applicationGuid), 1);
  new DataView(data.buffer).setUint16(19, major, true);
  return data;
}
