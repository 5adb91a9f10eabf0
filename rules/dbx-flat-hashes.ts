import {
  EFI_CERT_SHA256_GUID,
  SIGNATURE_OWNER_BYTES,
  type SignatureDatabase,
} from "../parsers/efi/signature-list.ts";
import { dropSignatures } from "./engine/drop-signatures.ts";
import type { HeldDbx } from "./engine/key-state.ts";
import type { BlobRule, Repair } from "./engine/rule.ts";
import { authenticodeHashes, type DbxTable, findHash, HASH_BYTES, wordsOf } from "./knowledge/dbx-table.ts";
import { countHashes, difference, type HashSet, hasHash, intersection } from "./knowledge/hash-set.ts";

const ENTRY_BYTES: number = SIGNATURE_OWNER_BYTES + HASH_BYTES;

export const dbxFlatHashes: BlobRule = {
  meta: {
    id: "dbx-flat-hashes",
    title: "Hashes of whole files in dbx match nothing",
    severity: "info",
    breaks: null,
    repairable: "sometimes",
    since: "0.1.0",
    docs: {
      what: "Looks in dbx for hashes that Microsoft's tables list as the SHA-256 of a whole file (flatHash), and that are no Authenticode hash in any known table or release.",
      why: "Firmware compares the Authenticode hash of an image, which leaves out the checksum and the signature, never the hash of the file. Such an entry can match nothing and only takes up space. They come from generators that took both columns of Microsoft's table, as that of varstored 1.2.0-3.1, where they were 19008 of 39724 bytes.",
      repair:
        "Applied by --strategy compact only, and by --strategy remove where otherwise a whole variable would have to go: the entries are dropped, each named in the proof. The default strategy leaves them. What Secure Boot measures (PCR 7) changes with dbx: suspend BitLocker first.",
      notAFault:
        "A published hash may be that of a file and the Authenticode hash of an image at once: it counts and stays. A hash that no table knows stays as well.",
      references: [
        "UEFI 2.10 §32.4.1 and the Windows Authenticode Portable Executable Signature Format",
        "microsoft/secureboot_objects, PreSignedObjects/DBX/dbx_info_msft_*.json (authenticodeHash, flatHash)",
      ],
    },
  },
  message: ({ flatHashes, hashEntries, bytes }) =>
    `${flatHashes} of ${hashEntries} hashes of dbx are those of whole files (${bytes} bytes): no image can match them.`,
  on: "blob",
  *detect(_blob, context) {
    const { dbx } = context.keys();
    if (dbx === null) return;
    const table = context.knowledge.dbxTable();
    const flat = intersection(dbx.inventory.known, difference(table.flat, authenticodeHashes(table)));
    if (countHashes(flat) === 0) return;
    const { variable, database, inventory } = dbx;
    const offsets = offsetsOf(database, table, flat);
    const repair = dropped(dbx, offsets);
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        flatHashes: offsets.size,
        hashEntries: inventory.hashEntryCount,
        bytes: offsets.size * ENTRY_BYTES,
      },
      ...(repair === null ? {} : { repair }),
    };
  },
};

/** Offsets of the entries whose hash is in `wanted`. */
function offsetsOf(
  { data, lists }: SignatureDatabase,
  table: DbxTable,
  wanted: HashSet,
): ReadonlySet<number> {
  const offsets = new Set<number>();
  for (const { signatureType, signatureSize, firstSignature, signatureCount } of lists) {
    if (signatureType !== EFI_CERT_SHA256_GUID || signatureSize !== ENTRY_BYTES) continue;
    const words = wordsOf(data.subarray(firstSignature, firstSignature + signatureCount * ENTRY_BYTES));
    for (let i = 0; i < signatureCount; i++) {
      const index = findHash(table, words, (i * ENTRY_BYTES + SIGNATURE_OWNER_BYTES) / 4);
      if (index >= 0 && hasHash(wanted, index)) offsets.add(firstSignature + i * ENTRY_BYTES);
    }
  }
  return offsets;
}

/** Null where the lists cannot be taken apart with certainty, or nothing would be left: no loader takes an empty variable. */
function dropped({ variable, database }: HeldDbx, offsets: ReadonlySet<number>): Repair | null {
  if (database.fault !== null) return null;
  const data = dropSignatures(database, offsets);
  if (data.length === 0) return null;
  return {
    applicability: "unsafe",
    strategies: ["compact", "remove"],
    title: `Drop ${offsets.size} hashes of whole files from dbx`,
    patches: [{ op: "replace-data", index: variable.index, data }],
  };
}
