/** One dump that a file holds: an element of a report's `inputs`. */
import type { ParseError } from "../../parsers/errors.ts";
import type { Dump } from "../../parsers/model.ts";
import type { FileReport } from "../../report/input.ts";
import type { Document } from "../input/open-input.ts";

export interface Element {
  /** As given; of a member of an archive with its name after "!". */
  readonly path: string;
  readonly dump: Dump | null;
  readonly error: ParseError | null;
  /** Where the element stands among those of its file, lowest first; those of one number in the order in which they come. */
  readonly order: number;
  /** Of the file that was read, an archive for its members; missing where none could be opened. */
  readonly file?: FileReport;
  /** What the dump was read from; only where whoever opens it asks for that. */
  readonly document?: Document | null;
  /** Whether its bytes are compressed where they lie; only beside `document`. */
  readonly isCompressed?: boolean;
  /** Whether it was read out of an encrypted remote; only beside `document`. */
  readonly isDeciphered?: boolean;
}
