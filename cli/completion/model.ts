/** What a shell completes, read off the table of commands: the scripts of all shells are made from it. */
import { RULES } from "../../rules/index.ts";
import { COMMON_OPTIONS, type OptionDefinition } from "../command-line/command.ts";
import { COMMANDS, DEFAULT_COMMAND, formatOption } from "../command-line/index.ts";
import type { CommandName } from "../command-line/line.ts";

/** What may stand in one place: a few words, or names that the shell knows. */
export type Completed = readonly string[] | "file" | "folder" | "nothing";

export interface CompletedOption {
  /** `--output`, `-o` */
  readonly names: readonly string[];
  readonly describe: string;
  readonly takes: "no value" | "one" | "many";
  readonly value: Completed;
}

export interface CompletedCommand {
  readonly name: CommandName;
  readonly describe: string;
  readonly options: readonly CompletedOption[];
  /** Null where it is like the others. */
  readonly firstOperand: readonly string[] | null;
  readonly operands: Completed;
}

const HELP: CompletedOption = {
  names: ["--help", "-h"],
  describe: "show what the command does, its options and examples",
  takes: "no value",
  value: "nothing",
};
const VERSION: CompletedOption = {
  names: ["--version", "-V"],
  describe: "show the version",
  takes: "no value",
  value: "nothing",
};

const RULE_IDS: readonly string[] = RULES.map(({ meta }) => meta.id);

export const COMPLETED_COMMANDS: readonly CompletedCommand[] = (Object.keys(COMMANDS) as CommandName[]).map(
  completedCommand,
);

/** Behind `help`, which is no command of its own. */
export const HELP_WORD = "help";

function completedCommand(name: CommandName): CompletedCommand {
  const { summary, options, common, words = null, operands } = COMMANDS[name];
  const shared = Object.entries(COMMON_OPTIONS).filter(([option]) => common.includes(option));
  const all = [...Object.entries(options), ...Object.entries(formatOption(name)), ...shared];
  return {
    name,
    describe: summary.replace(/^.*? {2}/, ""),
    options: [
      ...all.map(([option, definition]) => completedOption(option, definition)),
      HELP,
      ...(name === DEFAULT_COMMAND ? [VERSION] : []),
    ],
    firstOperand: words === "rules" ? RULE_IDS : words,
    operands: operands === "files" ? "file" : "nothing",
  };
}

function completedOption(
  name: string,
  { type, alias, describe, choices, value }: OptionDefinition,
): CompletedOption {
  return {
    names: [`--${name}`, ...(alias === undefined ? [] : [`-${alias}`])],
    describe,
    takes: type === "boolean" ? "no value" : type === "list" ? "many" : "one",
    value: choices ?? (value === "rule" ? RULE_IDS : (value ?? "nothing")),
  };
}

/** Names of all options that take a value, whatever the command: what stands behind one is no operand. */
export function namesThatTake(takes: "one" | "many"): readonly string[] {
  const options = COMPLETED_COMMANDS.flatMap(({ options: ofCommand }) => ofCommand);
  return [...new Set(options.filter((option) => option.takes === takes).flatMap(({ names }) => names))];
}

/** How a shell completes what is wanted. */
type InShell = (what: Completed) => string;

/** Of the `case "$command $option"` that bash and zsh share. */
export function valueCases({ name, options }: CompletedCommand, completion: InShell): string[] {
  return options
    .filter(({ takes }) => takes !== "no value")
    .map(
      ({ names, value }) =>
        `      ${names.map((option) => `"${name} ${option}"`).join("|")}) ${completion(value)} ;;`,
    );
}

/** Of the `case "$command $operands"` that bash and zsh share. */
export function operandCases(
  { name, firstOperand, operands }: CompletedCommand,
  completion: InShell,
): string[] {
  return [
    ...(firstOperand === null ? [] : [`      "${name} 0") ${completion(firstOperand)} ;;`]),
    `      "${name} "*) ${completion(operands)} ;;`,
  ];
}
