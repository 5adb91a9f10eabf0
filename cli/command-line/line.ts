/** A command line, taken apart: nothing of it is checked yet. */
import type { Options } from "../options.ts";

export type CommandName = Options["command"];

type Value = string | boolean | readonly string[] | undefined;
/** Options by name, without their dashes. */
export type Values = Readonly<Record<string, Value>>;

export interface CommandLine {
  readonly command: CommandName;
  /** True where no command was named, so that it is the default one. */
  readonly implied: boolean;
  readonly values: Values;
  /** Everything that is no option. */
  readonly operands: readonly string[];
}
