/** `varscope ask`: which file to ask a customer for. Its options, help text and checks; the work is in `cli/commands/`. */
import { ASKS } from "../../report/asks/index.ts";
import { commonOptions, type ParseSettings } from "../option-values.ts";
import { type AskOptions, EXPLAIN_FORMATS, type ExplainFormat } from "../options.ts";
import { type Command, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

export const askCommand: Command<AskOptions> = {
  formats: EXPLAIN_FORMATS,
  operands: "none",
  common: WRITING_OPTIONS,
  summary: "[QUESTION]  which file to ask the customer for, and how it is got",
  usage:
    "varscope ask [QUESTION]\n\nSays which file answers a question, with the commands on the host, in Xen Orchestra and in the guest. Alone it lists\nall questions.",
  words: ASKS.map(({ id }) => id),
  options: {},
  examples: [
    ["varscope ask", "all questions"],
    ["varscope ask vm", "the NVRAM of one VM"],
    ['varscope ask "why does it not start"', "in your own words"],
    ["varscope ask 1795", "for an event of Windows, or for a rule"],
  ],
  wordsBeforeFiles: "all",
  read,
  inputs: () => [],
};

function read({ values, operands }: CommandLine, settings: ParseSettings): AskOptions {
  const question = operands.join(" ").trim();
  return {
    command: "ask",
    question: question === "" ? null : question,
    ...commonOptions(values, settings),
    format: values["format"] as ExplainFormat,
  };
}
