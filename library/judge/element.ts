/** One dump that a file holds: an element of a report's `inputs`. */
import type { ParseError } from "../../parsers/errors.ts";
import type { Dump } from "../../parsers/model.ts";
import type { FileReport } from "../../report/input.ts";
import type { Document } from "../input/open-input.ts";

export interface Element {
  /** The path as given; for a member of an archive, `ARCHIVE!MEMBER`. */
  readonly path: string;
  readonly dump: Dump | null;
  readonly error: ParseError | null;
  /** Sort key among the elements of one file, lowest first; equal ones keep the order in which they come. */
  readonly order: number;
  /** Facts of the file that was read (for a member: of the archive). Absent where no file could be opened. */
  readonly file?: FileReport;
  /** The document that the dump was read from; only with `documents` of ElementWishes. */
  readonly document?: Document | null;
  /** True where the file is compressed; only beside `document`. */
  readonly isCompressed?: boolean;
  /** True where it was decrypted from an encrypted remote; only beside `document`. */
  readonly isDeciphered?: boolean;
}
