/** What rules know of the world outside the dump: Microsoft's releases, built in and added by the user. */
import { DBX_DATA } from "./dbx-data.ts";
import { type DbxTable, dbxTable } from "./dbx-table.ts";
import { extendTable } from "./extend-table.ts";
import type { Reference } from "./reference.ts";

export interface Knowledge {
  /** Made at the first call: most dumps have no dbx to compare, and the table costs a millisecond. */
  readonly dbxTable: () => DbxTable;
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
  };
}
