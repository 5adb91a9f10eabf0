/** The command line, understood. The only import of yargs; what comes out is plain values. */
import type { Argv, Options as YargsOption } from "yargs";
import {
  COMMANDS,
  COMMON_OPTIONS,
  COMPLETION_COMMAND,
  type CommandDefinition,
  type CommandName,
  DEFAULT_COMMAND,
  formatOption,
  type OptionDefinition,
} from "./command-table.ts";
import { UsageError } from "./errors.ts";
import { EXIT_MEANINGS } from "./exit-codes.ts";
import { makeOptions } from "./make-options.ts";
import type { ParseSettings } from "./option-values.ts";
import type { Options } from "./options.ts";
import { type CommandLine, readPlainLine, type Values } from "./plain-line.ts";
import { clip, printable } from "./render/printable.ts";
import { TOOL } from "./version.ts";

export type Parsed =
  | { readonly kind: "run"; readonly options: Options }
  /** Help, version, completion script. */
  | { readonly kind: "print"; readonly text: string };

/**
 * Understands the arguments after the program's name. Throws UsageError; prints nothing and ends no process.
 */
export async function parseArguments(argv: readonly string[], settings: ParseSettings): Promise<Parsed> {
  // What stands behind `--` is never an option nor a command, so no parser sees it.
  const cut = argv.indexOf("--");
  const behind = cut === -1 ? [] : argv.slice(cut + 1);
  const before = cut === -1 ? argv : argv.slice(0, cut);
  const line = readPlainLine(before) ?? (await readWithYargs(before));
  if (typeof line === "string") return { kind: "print", text: line };
  const operands = [...line.operands, ...behind];
  return { kind: "run", options: makeOptions({ ...line, operands }, settings) };
}

/** The line, or a text to print: help, version, completion. */
export async function readWithYargs(argv: readonly string[]): Promise<CommandLine | string> {
  // yargs asks for it as soon as it is loaded.
  if (!hasWorkingFolder())
    throw new UsageError("The working directory is gone. Change to one that is there: cd /");
  const { default: yargs } = await import("yargs");
  const isCompletion = argv.includes("--get-yargs-completions");
  if (!isCompletion) refuseValuesOfFlags(argv);
  let line: CommandLine | null = null;
  let printed = "";
  const choose = (command: CommandName) => (values: YargsValues) => {
    line = commandLine(command, values);
  };
  defineCommands(addCommonOptions(configure(yargs()), isCompletion), choose, isCompletion).parse(
    [...argv],
    {},
    (_error, _values, output) => {
      printed = output;
    },
  );
  if (printed !== "" || line === null) return printed;
  return line;
}

const FLAG_WITH_VALUE = /^--?(?<name>[^=]+)=(?!(?:true|false)$)(?<value>.*)$/s;

/** yargs takes every value of a flag but `true` for its opposite: `--dry-run=yes` would write. */
function refuseValuesOfFlags(argv: readonly string[]): void {
  for (const word of argv) {
    const { name = "", value = "" } = FLAG_WITH_VALUE.exec(word)?.groups ?? {};
    const flag = FLAGS.get(name);
    if (flag !== undefined)
      throw new UsageError(`--${flag} takes no value: leave out "=${clip(printable(value), 80)}".`);
  }
}

/** What is there or not, by its name and its letter. */
const FLAGS: ReadonlyMap<string, string> = new Map(
  [COMMON_OPTIONS, ...Object.values(COMMANDS).map(({ options }) => options)]
    .flatMap((options) => Object.entries(options))
    .filter(([, { type }]) => type === "boolean")
    .flatMap(([name, { alias = name }]) => [
      [name, name],
      [alias, name],
    ]),
);

function hasWorkingFolder(): boolean {
  try {
    process.cwd();
    return true;
  } catch {
    return false;
  }
}

type YargsValues = Readonly<Record<string, unknown>>;
type Choose = (command: CommandName) => (values: YargsValues) => void;

function commandLine(command: CommandName, { _: words, ...values }: YargsValues): CommandLine {
  const given = (words as readonly unknown[]).map(String);
  const implied = given[0] !== command;
  return { command, implied, values: values as Values, operands: implied ? given : given.slice(1) };
}

function configure(parser: Argv): Argv {
  return (
    parser
      .scriptName(TOOL.name)
      .usage(COMMANDS.analyze.usage)
      .locale("en")
      .parserConfiguration({
        "boolean-negation": false,
        "camel-case-expansion": false,
        "dot-notation": false,
        "duplicate-arguments-array": false,
        "parse-numbers": false,
        "parse-positional-numbers": false,
      })
      .exitProcess(false)
      .showHelpOnFail(false)
      .fail((message, error) => {
        // A message is yargs' own complaint; without one it is an error of ours on its way out.
        throw message === null ? error : new UsageError(plainWords(message));
      })
      .strictOptions()
      // The types know no plural forms, which the strings of unknown arguments must have.
      .updateStrings(YARGS_WORDS as unknown as Record<string, string>)
      .wrap(null)
      .version(TOOL.version)
      .help()
      .alias("h", "help")
      .epilogue(epilogue())
  );
}

const UNKNOWN_OPTION = "unknown:";
const YARGS_WORDS = {
  "Unknown argument: %s": { one: `${UNKNOWN_OPTION}%s`, other: `${UNKNOWN_OPTION}%s` },
  "Unknown arguments: %s": { one: `${UNKNOWN_OPTION}%s`, other: `${UNKNOWN_OPTION}%s` },
  "Not enough arguments following: %s": "The option --%s needs a value.",
};
const INVALID_VALUE = /Argument: (?<name>.*), Given: (?<given>.*), Choices: (?<choices>.*)$/s;

/** A complaint of yargs in plain words, on one line. */
function plainWords(complaint: string): string {
  if (complaint.startsWith(UNKNOWN_OPTION)) {
    const names = complaint.slice(UNKNOWN_OPTION.length).split(", ");
    const dashed = names.map((name) => printable(name.length === 1 ? `-${name}` : `--${name}`));
    return `There is no option ${dashed.join(", ")}.`;
  }
  const invalid = INVALID_VALUE.exec(complaint)?.groups;
  if (invalid === undefined) return printable(complaint);
  const { name, given = "", choices = "" } = invalid;
  const shown = clip(printable(given.replaceAll('"', "")), 80);
  return `--${name} takes one of ${choices.replaceAll('"', "")}, not "${shown}".`;
}

function epilogue(): string {
  return [
    "Exit codes:",
    ...EXIT_MEANINGS.map(([code, meaning]) => `${String(code).padStart(5)}  ${meaning}`),
  ].join("\n");
}

function defineCommands(parser: Argv, choose: Choose, isCompletion: boolean): Argv {
  const names = Object.keys(COMMANDS) as CommandName[];
  const withDefault = parser.command(
    "$0",
    false,
    (command) => defineOptions(command, "analyze"),
    choose("analyze"),
  );
  return (
    names
      .reduce(
        (defined, name) =>
          defined.command(
            name,
            COMMANDS[name].summary,
            (command) => {
              const defined = defineOptions(command.usage(COMMANDS[name].usage), name);
              return isCompletion ? defineWords(defined, name) : defined;
            },
            choose(name),
          ),
        withDefault,
      )
      // Not yargs' own completion command: without a process to end it would go on to the default command.
      .command(COMPLETION_COMMAND, "print a completion script for bash or zsh", {}, () => {
        parser.showCompletionScript();
      })
  );
}

const COMMON_GROUP = "Common options:";

/**
 * They belong to the parser itself: else it would read what follows a flag before a command as its value. What `--format` takes
 * is each command's own. yargs would add it to what is allowed here, so here nothing is said, and what is said is not
 * global; only completion asks here, and never the default command.
 */
function addCommonOptions(parser: Argv, isCompletion: boolean): Argv {
  const { choices, ...format } = yargsOption(formatOption(DEFAULT_COMMAND).format, COMMON_GROUP);
  return addOptions(
    parser.option("format", {
      ...format,
      ...(isCompletion ? { choices } : { type: "string" }),
      global: false,
    }),
    COMMON_OPTIONS,
    COMMON_GROUP,
  );
}

function defineOptions(command: Argv, name: CommandName): Argv {
  const { options, examples } = COMMANDS[name];
  const own = addOptions(command, options, `Options of ${name}:`);
  const defined = addOptions(own, formatOption(name), COMMON_GROUP);
  return examples.reduce((all, [line, meaning]) => all.example(line, meaning), defined);
}

/** To yargs they are commands below a command, which it knows how to complete; they are read as operands. */
function defineWords(command: Argv, name: CommandName): Argv {
  return (COMMANDS[name].words ?? []).reduce(
    (defined, word) => defined.command(word, word, (inner) => defineOptions(inner, name)),
    command,
  );
}

function addOptions(parser: Argv, options: CommandDefinition["options"], group: string): Argv {
  return Object.entries(options).reduce(
    (all, [option, definition]) => all.option(option, yargsOption(definition, group)),
    parser,
  );
}

/** Choices say more than the type does. */
function yargsOption({ type, choices, ...definition }: OptionDefinition, group: string): YargsOption {
  const kind =
    choices !== undefined
      ? { choices }
      : type === "list"
        ? ({ array: true, string: true } as const)
        : { type };
  return { ...definition, ...kind, group, requiresArg: type !== "boolean" };
}
