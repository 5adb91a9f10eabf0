/** What rules know of the world outside the dump: Microsoft's releases, built in and added by the user, and certificates. */
import { type KnownCertificate, knownCertificate } from "./certificates.ts";
import { DBX_DATA } from "./dbx-data.ts";
import { type DbxTable, dbxTable } from "./dbx-table.ts";
import { extendTable } from "./extend-table.ts";
import type { Reference } from "./reference-content.ts";

export interface Knowledge {
  /** Made at the first call: most dumps have no dbx to compare, and the table costs a millisecond. */
  readonly dbxTable: () => DbxTable;
  /** A certificate by its fingerprint (SHA-256, lower-case hexadecimal); null for one that is not known, which is no fault. */
  readonly certificate: (sha256: string) => KnownCertificate | null;
}

/** `decodeBase64` takes the padded text of the built-in table; references are later tables, in order. */
export function makeKnowledge(
  decodeBase64: (text: string) => Uint8Array,
  references: readonly Reference[] = [],
): Knowledge {
  let table: DbxTable | null = null;
  return {
    dbxTable: () => {
      table ??= references.reduce(extendTable, dbxTable(DBX_DATA, decodeBase64));
      return table;
    },
    certificate: knownCertificate,
  };
}
