/** What every command gets besides its options. */

import type { Output } from "../report/render/output.ts";
import type { Style } from "../report/render/style.ts";
import type { InputFiles } from "./io/input-files.ts";

export interface CommandContext {
  readonly output: Output;
  /** Every path that the command line names to be read. */
  readonly inputs: InputFiles;
  readonly style: Style;
  readonly columns: number;
  /** Prints a line to standard error. The text must be printable (report/render/printable.ts). */
  readonly complain: (line: string) => void;
}
