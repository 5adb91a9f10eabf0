/** Reads a command line into plain values. The only import of yargs. */
import type { Argv, Options as YargsOption } from "yargs";
import { EXIT_MEANINGS } from "../report/exit-codes.ts";
import { clip, printable } from "../report/render/printable.ts";
import { TOOL } from "../report/tool.ts";
import { COMMON_OPTIONS, type OptionDefinition } from "./command-line/command.ts";
import { COMMANDS, DEFAULT_COMMAND, formatOption, isCommandName, optionsOf } from "./command-line/index.ts";
import type { CommandLine, CommandName, Values } from "./command-line/line.ts";
import { UsageError } from "./errors.ts";
import { wrapHelp } from "./help-text.ts";
import { makeOptions } from "./make-options.ts";
import { didYouMean } from "./nearest.ts";
import { type ParseSettings, shown } from "./option-values.ts";
import type { Options } from "./options.ts";
import { readPlainLine } from "./plain-line.ts";

export type Parsed =
  | { readonly kind: "run"; readonly options: Options }
  /** Text of help or version, to be printed. */
  | { readonly kind: "print"; readonly text: string };

/** Reads the arguments after the program's name. Throws UsageError; prints nothing, and does not end the process. */
export async function parseArguments(argv: readonly string[], settings: ParseSettings): Promise<Parsed> {
  // What stands behind `--` is never an option nor a command, so no parser sees it.
  const cut = argv.indexOf("--");
  const behind = cut === -1 ? [] : argv.slice(cut + 1);
  const before = withoutHelpWord(cut === -1 ? argv : argv.slice(0, cut));
  const line = readPlainLine(before) ?? (await readWithYargs(before));
  if (typeof line === "string") return { kind: "print", text: wrapHelp(line, settings.columns) };
  const operands = [...line.operands, ...behind];
  return { kind: "run", options: makeOptions({ ...line, operands }, settings) };
}

/** `help COMMAND` is `COMMAND --help`. */
function withoutHelpWord(argv: readonly string[]): readonly string[] {
  const [first, command, ...more] = argv;
  if (first !== "help") return argv;
  if (command === undefined || command.startsWith("-")) return ["--help", ...argv.slice(1)];
  if (isCommandName(command)) return [command, "--help", ...more.filter((word) => word.startsWith("-"))];
  const near = didYouMean(command, Object.keys(COMMANDS));
  throw new UsageError(`There is no command ${shown(command)}.${near}`);
}

/** The command line, or the text of help or version. */
export async function readWithYargs(argv: readonly string[]): Promise<CommandLine | string> {
  // yargs asks for it as soon as it is loaded.
  if (!hasWorkingFolder())
    throw new UsageError("The working directory is gone. Change to one that is there: cd /");
  const { default: yargs } = await import("yargs");
  checkFlags(argv);
  let line: CommandLine | null = null;
  let printed = "";
  const choose = (command: CommandName) => (values: YargsValues) => {
    line = commandLine(command, values);
  };
  defineCommands(addCommonOptions(configure(yargs())), choose).parse(
    [...argv],
    {},
    (_error, _values, output) => {
      printed = output;
    },
  );
  if (printed !== "" || line === null) return printed;
  return line;
}

const FLAG = /^--?(?<name>[^=]+)(?:=(?<value>.*))?$/s;
/** yargs completes command lines by itself when it finds this; the scripts of `completion` need no program. */
const YARGS_COMPLETION = "--get-yargs-completions";

/** yargs takes every value of a flag but `true` for its opposite, so `--dry-run=yes` would write, and of two values the last. */
function checkFlags(argv: readonly string[]): void {
  if (argv.includes(YARGS_COMPLETION)) throw new UsageError(`There is no option ${YARGS_COMPLETION}.`);
  const given = new Map<string, string>();
  for (const word of argv) {
    const { name = "", value = "true" } = FLAG.exec(word)?.groups ?? {};
    const flag = FLAGS.get(name);
    if (flag === undefined) continue;
    if (value !== "true" && value !== "false")
      throw new UsageError(`--${flag} takes no value: leave out "=${clip(printable(value), 80)}".`);
    if ((given.get(flag) ?? value) !== value)
      throw new UsageError(`--${flag} is given both as true and as false.`);
    given.set(flag, value);
  }
}

/** Options without a value, by name and by letter. */
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
  refuseRepeated(command, values);
  return {
    command,
    implied,
    values: { ...values, ...oneByOne(command, values) } as Values,
    operands: implied ? given : given.slice(1),
  };
}

/** Options that may be given several times, always as an array. */
function oneByOne(command: CommandName, values: YargsValues): YargsValues {
  const given = Object.entries(optionsOf(command)).filter(
    ([name, { type }]) => type === "each" && typeof values[name] === "string",
  );
  return Object.fromEntries(given.map(([name]) => [name, [values[name]]]));
}

/** Throws where an option that takes one value was given several times: yargs makes an array of it. */
function refuseRepeated(command: CommandName, values: YargsValues): void {
  for (const [name, { type }] of Object.entries(optionsOf(command)))
    if (type !== "list" && type !== "each" && Array.isArray(values[name]))
      throw new UsageError(`--${name} takes one value, and is given ${values[name].length} times.`);
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
        // An option that is given twice: its values are joined, or it is refused. yargs would take the last one without a word.
        "duplicate-arguments-array": true,
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
      // yargs breaks words where it wraps: help-text.ts does it instead.
      .wrap(null)
      .version(TOOL.version)
      .alias("V", "version")
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
/** An option of one letter after two dashes, to be shown with one dash. */
const ONE_LETTER = /(?<= )--([A-Za-z])(?= )/;
const INVALID_VALUE = /Argument: (?<name>.*), Given: (?<given>.*), Choices: (?<choices>.*)$/s;

/** An error message of yargs in plain words, on one line. */
function plainWords(complaint: string): string {
  if (complaint.startsWith(UNKNOWN_OPTION)) {
    const names = complaint.slice(UNKNOWN_OPTION.length).split(", ");
    const dashed = names.map((name) => printable(name.length === 1 ? `-${name}` : `--${name}`));
    return `There is no option ${dashed.join(", ")}.`;
  }
  const invalid = INVALID_VALUE.exec(complaint)?.groups;
  if (invalid === undefined) return printable(complaint.replace(ONE_LETTER, "-$1"));
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

function defineCommands(parser: Argv, choose: Choose): Argv {
  const names = Object.keys(COMMANDS) as CommandName[];
  const withDefault = parser.command(
    "$0",
    false,
    (command) => defineOptions(command, DEFAULT_COMMAND),
    choose(DEFAULT_COMMAND),
  );
  return names.reduce(
    (defined, name) =>
      defined.command(
        name,
        COMMANDS[name].summary,
        (command) => defineOptions(command.usage(COMMANDS[name].usage), name),
        choose(name),
      ),
    withDefault,
  );
}

const COMMON_GROUP = "Common options:";

/**
 * They belong to the parser itself: else it would read what follows a flag before a command as its value. What `--format` takes
 * is each command's own. yargs would add it to what is allowed here, so here nothing is said, and what is said is not
 * global.
 */
function addCommonOptions(parser: Argv): Argv {
  return addOptions(
    parser.option("format", { type: "string", group: COMMON_GROUP, requiresArg: true, global: false }),
    COMMON_OPTIONS,
    COMMON_GROUP,
  );
}

function defineOptions(command: Argv, name: CommandName): Argv {
  const { options, examples, common } = COMMANDS[name];
  const own = addOptions(command, options, `Options of ${name}:`);
  const defined = addOptions(own, formatOption(name), COMMON_GROUP);
  const shown = Object.keys(COMMON_OPTIONS)
    .filter((option) => !common.includes(option))
    .reduce((all, option) => all.hide(option), defined);
  return examples.reduce((all, [line, meaning]) => all.example(line, meaning), shown);
}

function addOptions(parser: Argv, options: Readonly<Record<string, OptionDefinition>>, group: string): Argv {
  return Object.entries(options).reduce(
    (all, [option, definition]) => all.option(option, yargsOption(definition, group)),
    parser,
  );
}

/** The definition as yargs wants it. Where there are choices, no type is given. */
function yargsOption(
  { type, choices, value: _, ...definition }: OptionDefinition,
  group: string,
): YargsOption {
  const kind =
    choices !== undefined
      ? { choices }
      : type === "list"
        ? ({ array: true, string: true } as const)
        : { type: type === "boolean" ? ("boolean" as const) : ("string" as const) };
  return { ...definition, ...kind, group, requiresArg: type !== "boolean" };
}
