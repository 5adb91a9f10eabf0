/** What every command gets besides its options. */

import type { Output } from "../report/render/output.ts";
import type { Style } from "../report/render/style.ts";
import type { InputFiles } from "./io/input-files.ts";

export interface CommandContext {
  readonly output: Output;
  /** All that the command line names to be read. */
  readonly inputs: InputFiles;
  readonly style: Style;
  readonly columns: number;
  /** A line on standard error; the text must be printable. */
  readonly complain: (line: string) => void;
}
