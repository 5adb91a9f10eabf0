/** What a reference file tells, whatever its form. */
import type { ImageName } from "./dbx-names.ts";
import type { DbxAddition } from "./extend-table.ts";

/** What `extendTable` takes, and the names of the images. */
export interface Reference extends DbxAddition {
  /** By the hexadecimal text of a hash, lower case; empty unless the reference is a table. */
  readonly names: ReadonlyMap<string, readonly ImageName[]>;
}
