/**
 * What is known of the image behind a hash: file, company, date, reason. Only inspect and explain need this, so import
 * this module and dbx-names-data.ts on demand.
 *
 * The data: columns of distinct values, one per line; rows of column numbers (`file.company.date.description.authority`);
 * for each hash of dbx-data.ts, in its order, its rows separated by commas. All numbers are base 36.
 */
import { type Architecture, architecturesOf, type DbxTable, isFlatHash } from "./dbx-table.ts";
import { hasHash } from "./hash-set.ts";

/** Texts as Microsoft's table has them, trimmed; "" where it says nothing. */
export interface ImageName {
  readonly fileName: string;
  readonly company: string;
  /** `YYYY-MM-DD` */
  readonly dateOfAddition: string;
  /** Reason, often CVE numbers. */
  readonly description: string;
  /** Common name of the CA under which the image is signed. */
  readonly signingAuthority: string;
}

/** Names of a hash by its index in the table; several where images share it, none where it is known from an update alone. */
export type ImageNames = (index: number) => readonly ImageName[];

export interface DbxNamesData {
  readonly files: string;
  readonly companies: string;
  readonly dates: string;
  readonly descriptions: string;
  readonly authorities: string;
  readonly rows: string;
  readonly rowsOfHash: string;
}

export function imageNames(data: DbxNamesData): ImageNames {
  const columns = [data.files, data.companies, data.dates, data.descriptions, data.authorities].map((text) =>
    text.split("\n"),
  );
  const rows = data.rows.split(" ").map((row): ImageName => {
    const cells = row
      .split(".")
      .map((number, column) => columns[column]?.[Number.parseInt(number, 36)] ?? "");
    const [fileName = "", company = "", dateOfAddition = "", description = "", signingAuthority = ""] = cells;
    return { fileName, company, dateOfAddition, description, signingAuthority };
  });
  const rowsOfHash = data.rowsOfHash.split(" ");
  return (index) =>
    (rowsOfHash[index] ?? "")
      .split(",")
      .map((number) => rows[Number.parseInt(number, 36)])
      .filter((row) => row !== undefined);
}

export interface HashDescription {
  /** flat: the hash of a file, which firmware never compares; unlisted: only an update names it. */
  readonly kind: "authenticode" | "flat" | "unlisted";
  readonly architectures: readonly Architecture[];
  readonly isOptional: boolean;
  /** Ids of the releases that list it. */
  readonly releases: readonly string[];
  readonly images: readonly ImageName[];
}

/** All that is known of hash `index` of the table. */
export function describeHash(table: DbxTable, names: ImageNames, index: number): HashDescription {
  const architectures = architecturesOf(table, index);
  const other = isFlatHash(table, index) ? "flat" : "unlisted";
  return {
    kind: architectures.length > 0 ? "authenticode" : other,
    architectures,
    isOptional: hasHash(table.optional, index),
    releases: table.releases.filter(({ hashes }) => hasHash(hashes, index)).map(({ id }) => id),
    images: names(index),
  };
}
