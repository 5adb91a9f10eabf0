/** What the known updates of dbx would add, as the firmware sees it: for the question whether the VM starts after them. */

import { certificatesOf } from "../firmware/signature-lists.ts";
import { concatBytes, toHex, viewOf } from "../parsers/bytes.ts";
import { guidBytes } from "../parsers/efi/guid.ts";
import {
  buildSignatureList,
  EFI_CERT_SHA256_GUID,
  EFI_CERT_X509_GUID,
  SIGNATURE_OWNER_BYTES,
} from "../parsers/efi/signature-list.ts";
import { MICROSOFT_OWNER } from "../parsers/guids.ts";
import type { VmSource } from "../parsers/model.ts";
import { openBlob } from "../parsers/nvram/varstored-blob.ts";
import { type AnalysisSettings, contextOf } from "../rules/engine/analyze.ts";
import { nextUpdates } from "../rules/engine/next-updates.ts";
import { type DbxRelease, type DbxTable, HASH_BYTES, hashAt } from "../rules/knowledge/dbx-table.ts";
import { indexesOf } from "../rules/knowledge/hash-set.ts";
import { SVN_OWNER, type Svn } from "../rules/knowledge/svn.ts";

export interface BootUpdate {
  /** Such as `2025-10`. */
  readonly id: string;
  /** Signature lists. */
  readonly added: Uint8Array;
  /** Why nobody can say what comes after it; null where one can. */
  readonly unknown: string | null;
}

const NOTHING = new Uint8Array(0);
const SVN_DATA_BYTES = 32;

/**
 * The updates to try, oldest first: those that add something to this NVRAM and are signed by one of its keys; with `asked`, all
 * that are named there.
 */
export function bootUpdates(
  vm: VmSource,
  nvram: Uint8Array | null,
  asked: readonly string[] | null,
  settings: AnalysisSettings,
): BootUpdate[] {
  if (nvram === null || vm.nvram === null) return [];
  const blob = openBlob(nvram);
  const context = contextOf(
    { ...vm, nvram: { ...vm.nvram, bytes: nvram, daemonBytes: nvram, blob } },
    settings,
  );
  if (context === null) return [];
  const table = settings.knowledge.dbxTable();
  const next = new Map(nextUpdates(blob, context).map((update) => [update.id, update]));
  const certificates = certificatesIn(blob.variables, settings);
  return table.releases
    .filter(({ id }) => (asked === null ? next.has(id) : asked.includes(id)))
    .map((release): BootUpdate => {
      const { id } = release;
      const update = next.get(id);
      // Refused, or nothing new: all stays as it is.
      if (update === undefined || update.effect === "blocked") return { id, added: NOTHING, unknown: null };
      if (update.effect === "kills") return { id, added: NOTHING, unknown: KILLS };
      const added = listsOf(release, table, certificates);
      return added === null ? { id, added: NOTHING, unknown: NO_CERTIFICATE } : { id, added, unknown: null };
    });
}

const KILLS =
  "dbx has no room for it: a varstored before its fix stores it and never loads the NVRAM again, a fixed one refuses it.";
const NO_CERTIFICATE =
  "It revokes a certificate that the NVRAM does not hold, so that varscope does not have it.";

/** Those of db and dbx, by their fingerprints: varscope brings none along. */
function certificatesIn(
  variables: ReturnType<typeof openBlob>["variables"],
  { platform }: AnalysisSettings,
): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  for (const { name, data } of variables)
    if (name === "db" || name === "dbx")
      for (const { data: certificate } of certificatesOf(data))
        found.set(toHex(platform.sha256(certificate)), certificate);
  return found;
}

/** Null where a certificate is not at hand. */
function listsOf(
  { hashes, svns, certificates }: DbxRelease,
  table: DbxTable,
  known: ReadonlyMap<string, Uint8Array>,
): Uint8Array | null {
  const owner = guidBytes(MICROSOFT_OWNER);
  const lists: Uint8Array[] = [];
  const entries = indexesOf(hashes).map((index) => concatBytes([owner, hashAt(table, index)]));
  if (entries.length > 0) lists.push(sha256List(entries));
  if (svns.length > 0) lists.push(sha256List(svns.map(svnEntry)));
  for (const { sha256 } of certificates) {
    const certificate = known.get(sha256);
    if (certificate === undefined) return null;
    const size = SIGNATURE_OWNER_BYTES + certificate.length;
    const entry = concatBytes([owner, certificate]);
    lists.push(buildSignatureList(guidBytes(EFI_CERT_X509_GUID), NOTHING, size, [entry]));
  }
  return concatBytes(lists);
}

function sha256List(entries: readonly Uint8Array[]): Uint8Array {
  return buildSignatureList(
    guidBytes(EFI_CERT_SHA256_GUID),
    NOTHING,
    SIGNATURE_OWNER_BYTES + HASH_BYTES,
    entries,
  );
}

/** SVN_DATA as microsoft/secureboot_objects lays it out. */
function svnEntry({ applicationGuid, major, minor }: Svn): Uint8Array {
  const data = new Uint8Array(SVN_DATA_BYTES);
  data[0] = 1;
  data.set(guidBytes(applicationGuid), 1);
  viewOf(data).setUint16(17, minor, true);
  viewOf(data).setUint16(19, major, true);
  return concatBytes([guidBytes(SVN_OWNER), data]);
}
