/** `varscope completion`: print a script for the shell. Its options, help text and checks; the work is in `cli/commands/`. */
import { basename } from "node:path";
import { UsageError } from "../errors.ts";
import { commonOptions, type ParseSettings, shown } from "../option-values.ts";
import { type CompletionOptions, SHELLS } from "../options.ts";
import { type Command, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

export const completionCommand: Command<CompletionOptions> = {
  formats: [],
  operands: "none",
  common: WRITING_OPTIONS,
  summary: `[${SHELLS.join("|")}]  print what completes command lines`,
  usage: `varscope completion [${SHELLS.join("|")}]\n\nPrints the script that completes commands, options, rules and files; without a word the one for your shell.`,
  words: SHELLS,
  options: {},
  examples: [
    ['eval "$(varscope completion bash)"', "in ~/.bashrc"],
    ['eval "$(varscope completion zsh)"', "in ~/.zshrc"],
    ["varscope completion fish | source", "in ~/.config/fish/config.fish"],
  ],
  wordsBeforeFiles: "all",
  read,
  inputs: () => [],
};

/** Without a word the shell of whoever asks, as login sets it. */
function read({ values, operands }: CommandLine, settings: ParseSettings): CompletionOptions {
  const [given, ...more] = operands;
  const word = given ?? (settings.shell === undefined ? undefined : basename(settings.shell));
  const shell = SHELLS.find((known) => known === word);
  if (given === undefined && shell === undefined)
    throw new UsageError(`completion needs the name of your shell: ${SHELLS.join(", ")}.`);
  if (shell === undefined || more.length > 0)
    throw new UsageError(`completion takes one of ${SHELLS.join(", ")}, not ${shown(operands.join(" "))}.`);
  return { command: "completion", shell, ...commonOptions(values, settings) };
}
