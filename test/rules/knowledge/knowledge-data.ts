/** The built-in table, Microsoft's published files where a developer has them, and small lists to judge. */
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { guidBytes } from "../../../parsers/efi/guid.ts";
import {
  buildSignatureList,
  EFI_CERT_SHA256_GUID,
  readSignatureDatabase,
} from "../../../parsers/efi/signature-list.ts";
import { MICROSOFT_OWNER } from "../../../parsers/guids.ts";
import { DBX_DATA } from "../../../rules/knowledge/dbx-data.ts";
import { type DbxInventory, takeInventory } from "../../../rules/knowledge/dbx-inventory.ts";
import { type DbxRelease, type DbxTable, dbxTable, hashAt } from "../../../rules/knowledge/dbx-table.ts";
import { indexesOf } from "../../../rules/knowledge/hash-set.ts";
import { concat, signature } from "../../builders/blob.ts";

const MICROSOFT = new URL("../../../../shared/data/microsoft/", import.meta.url);
export const hasMicrosoftData: boolean = existsSync(MICROSOFT);

export function microsoftFile(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, MICROSOFT)));
}

export const platform = {
  sha256: (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest()),
};

export function decodeBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

export const BUILT_IN: DbxTable = dbxTable(DBX_DATA, decodeBase64);

export function release(id: string, table: DbxTable = BUILT_IN): DbxRelease {
  const found = table.releases.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no release ${id}`);
  return found;
}

/** The 32 bytes of each hash of a release. */
export function hashesOf(id: string, table: DbxTable = BUILT_IN): Uint8Array[] {
  return indexesOf(release(id, table).hashes).map((index) => hashAt(table, index));
}

export function hexBytes(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

/** One EFI_CERT_SHA256 list. */
export function hashList(owner: string, hashes: readonly Uint8Array[]): Uint8Array {
  const entries = hashes.map((hash) => signature(owner, hash));
  return buildSignatureList(guidBytes(EFI_CERT_SHA256_GUID), new Uint8Array(0), 48, entries);
}

export function microsoftDbx(id: string): Uint8Array {
  return hashList(MICROSOFT_OWNER, hashesOf(id));
}

export function inventoryOf(...lists: readonly Uint8Array[]): DbxInventory {
  return takeInventory(BUILT_IN, readSignatureDatabase(concat(...lists)), platform);
}
