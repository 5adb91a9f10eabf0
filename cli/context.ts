/** What every command gets besides its options. */
import type { Output } from "./output.ts";
import type { Style } from "./render/style.ts";

export interface CommandContext {
  readonly output: Output;
  readonly style: Style;
  readonly columns: number;
  /** A line on standard error; the text must be printable. */
  readonly complain: (line: string) => void;
}
