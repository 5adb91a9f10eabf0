import { SIGNATURE_OWNER_BYTES } from "../parsers/efi/signature-list.ts";
import { oncePer } from "../parsers/once-per.ts";
import { dropSignatures, leavesNothing } from "./engine/drop-signatures.ts";
import type { HeldDbx } from "./engine/key-state.ts";
import { type BlobRule, deferredRepair, type Repair } from "./engine/rule.ts";
import type { DbxInventory } from "./knowledge/dbx-inventory.ts";
import { type DbxTable, flatHashes, HASH_BYTES } from "./knowledge/dbx-table.ts";
import { countCommon, hasHash } from "./knowledge/hash-set.ts";

const ENTRY_BYTES: number = SIGNATURE_OWNER_BYTES + HASH_BYTES;

export const dbxFlatHashes: BlobRule = {
  meta: {
    id: "dbx-flat-hashes",
    title: "Hashes of whole files in dbx match nothing",
    severity: "info",
    breaks: null,
    repairable: "sometimes",
    ofViews: true,
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
  topics: ["update-dbx"],
  message: ({ flatHashes, hashEntries, bytes }) =>
    `${flatHashes} of ${hashEntries} hashes of dbx are those of whole files (${bytes} bytes): no image can match them.`,
  on: "blob",
  *detect(_blob, context) {
    const { dbx } = context.keys();
    if (dbx === null) return;
    const { variable, inventory } = dbx;
    const offsets = flatOffsets(inventory, context.knowledge.dbxTable());
    if (offsets.length === 0) return;
    const repair = dropped(dbx, offsets);
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        flatHashes: offsets.length,
        hashEntries: inventory.hashEntryCount,
        bytes: offsets.length * ENTRY_BYTES,
      },
      ...(repair === null ? {} : { repair }),
    };
  },
};

/** Offsets of entries that are hashes of files; the inventory was taken with this table. */
const flatOffsets: (inventory: DbxInventory, table: DbxTable) => readonly number[] = oncePer(
  (inventory: DbxInventory, table: DbxTable) => {
    const flat = flatHashes(table);
    if (countCommon(inventory.known, flat) === 0) return [];
    return [...inventory.knownOffsets.filter((_, i) => hasHash(flat, inventory.knownIndexes[i]!))];
  },
);

/** Null where the lists cannot be taken apart with certainty, or nothing would be left. */
function dropped({ variable, database }: HeldDbx, offsets: readonly number[]): Repair | null {
  if (database.fault !== null || leavesNothing(database, offsets.length)) return null;
  const title = `Drop ${offsets.length} hashes of whole files from dbx`;
  return deferredRepair({ applicability: "unsafe", strategies: ["compact", "remove"], title }, () => {
    const data = dropSignatures(database, offsets);
    return [{ op: "replace-data", index: variable.index, data }];
  });
}
