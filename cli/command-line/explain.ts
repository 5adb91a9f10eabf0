/** `varscope explain`: what a rule is about. Its options, help text and checks; the work is in `cli/commands/`. */
import { UsageError } from "../errors.ts";
import { commonOptions, type ParseSettings } from "../option-values.ts";
import { EXPLAIN_FORMATS, type ExplainFormat, type ExplainOptions } from "../options.ts";
import { type Command, JUDGING_OPTIONS, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

export const explainCommand: Command<ExplainOptions> = {
  formats: EXPLAIN_FORMATS,
  operands: "files",
  common: [...WRITING_OPTIONS, ...JUDGING_OPTIONS],
  summary: "[RULE [PATH]]  what a rule is about",
  usage:
    "varscope explain [RULE [PATH]]\n\nSays what a rule is about; with PATH what it found there. Alone it lists all rules.",
  words: "rules",
  options: {
    collect: { type: "boolean", describe: "which file to ask the customer for, as varscope ask says it" },
  },
  examples: [
    ["varscope explain wrong-signature-owner", "what, why, and what its repair does"],
    ["varscope explain wrong-signature-owner backup.xva", "and where it is in this export"],
    ["varscope explain 1795", "an event of Windows, or an error of xapi: FAILED_TO_START_EMULATOR"],
    ["varscope explain kek-2023-missing --collect", "which file to ask for, and how it is got"],
    ["varscope explain --format markdown --output rules.md", "all rules as a page of documentation"],
  ],
  wordsBeforeFiles: 1,
  read,
  inputs: ({ path }) => (path === null ? [] : [path]),
};

function read({ values, operands }: CommandLine, settings: ParseSettings): ExplainOptions {
  const [ruleId = null, path = null, ...more] = operands;
  if (more.length > 0) throw new UsageError("explain takes a rule and one file.");
  const collect = values["collect"] === true;
  if (collect && path !== null)
    throw new UsageError("explain --collect says which file to ask for, and reads none. Leave the file out.");
  const common = commonOptions(values, settings);
  return { command: "explain", ruleId, path, collect, ...common, format: values["format"] as ExplainFormat };
}
