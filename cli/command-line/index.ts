/** All commands, in the order of help and completion. */

import type { Options } from "../options.ts";
import { analyzeCommand } from "./analyze.ts";
import { askCommand } from "./ask.ts";
import { bootCommand } from "./boot.ts";
import { COMMON_OPTIONS, type Command, type OptionDefinition } from "./command.ts";
import { completionCommand } from "./completion.ts";
import { convertCommand } from "./convert.ts";
import { corpusCommand } from "./corpus.ts";
import { diffCommand } from "./diff.ts";
import { explainCommand } from "./explain.ts";
import { extractCommand } from "./extract.ts";
import { forecastCommand } from "./forecast.ts";
import { inspectCommand } from "./inspect.ts";
import type { CommandName } from "./line.ts";
import { repairCommand } from "./repair.ts";
import { schemaCommand } from "./schema.ts";
import { verifyCommand } from "./verify.ts";

type OptionsNamed<N extends CommandName> = Extract<Options, { readonly command: N }>;

export const COMMANDS: { readonly [N in CommandName]: Command<OptionsNamed<N>> } = {
  analyze: analyzeCommand,
  convert: convertCommand,
  repair: repairCommand,
  inspect: inspectCommand,
  diff: diffCommand,
  extract: extractCommand,
  forecast: forecastCommand,
  verify: verifyCommand,
  boot: bootCommand,
  explain: explainCommand,
  ask: askCommand,
  corpus: corpusCommand,
  schema: schemaCommand,
  completion: completionCommand,
};

export const DEFAULT_COMMAND: CommandName = "analyze";

/** `--format` of a command: each takes what it can print. What it is by default, the ending of --output decides. */
export function formatOption(command: CommandName): Readonly<Record<string, OptionDefinition>> {
  const { formats: choices } = COMMANDS[command];
  const [standard] = choices;
  if (standard === undefined) return {};
  const defaultDescription =
    choices.length === 1 ? standard : `${standard}, or what the ending of --output says`;
  return { format: { type: "string", choices, describe: "how to print", defaultDescription } };
}

/** All options of a command. */
export function optionsOf(command: CommandName): Readonly<Record<string, OptionDefinition>> {
  return { ...COMMANDS[command].options, ...formatOption(command), ...COMMON_OPTIONS };
}

export function isCommandName(word: string | undefined): word is CommandName {
  return word !== undefined && Object.hasOwn(COMMANDS, word);
}

/** The command that these options are of. */
export function commandOf<O extends Options>({ command }: O): Command<O> {
  // The list above has each command under the name that its options have.
  return COMMANDS[command] as unknown as Command<O>;
}
