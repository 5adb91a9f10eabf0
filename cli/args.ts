/** The command line, understood. The only import of yargs; what comes out is plain values. */
import yargs, { type Argv } from "yargs";
import { STRATEGIES, type Strategy } from "../rules/repair-types.ts";
import { UsageError } from "./errors.ts";
import { EXIT_MEANINGS } from "./exit-codes.ts";
import { didYouMean } from "./nearest.ts";
import {
  type CommonOptions,
  FAIL_ON,
  type FailOn,
  FORMATS,
  type Format,
  type Options,
  SCHEMA_NAMES,
  type SchemaName,
} from "./options.ts";
import { clip, printable } from "./render/printable.ts";

export type Parsed =
  | { readonly kind: "run"; readonly options: Options }
  /** Help, version, completion script. */
  | { readonly kind: "print"; readonly text: string };

export interface ParseSettings {
  readonly version: string;
  /** `YYYY-MM-DD` */
  readonly today: string;
  /** Whether a path is there: only then a bare word that is no command is taken for one. */
  readonly exists: (path: string) => boolean;
}

type Values = Readonly<Record<string, unknown>>;

/**
 * What later versions will use as commands. They are never read as paths, so that no call that works today
 * means something else tomorrow.
 */
const COMMANDS: readonly string[] = ["analyze", "repair", "inspect", "explain", "schema", "completion"];
const KEPT_WORDS: readonly string[] = ["forecast", "diff", "extract", "verify", "corpus", "help"];
const BARE_WORD = /^[a-z][a-z-]*$/;

/** Understands the arguments after the program's name. Throws UsageError; prints nothing and ends no process. */
export function parseArguments(argv: readonly string[], settings: ParseSettings): Parsed {
  // What stands behind `--` is never an option nor a command, so the parser does not see it.
  const cut = argv.indexOf("--");
  const behind = cut === -1 ? [] : argv.slice(cut + 1);
  const before = cut === -1 ? argv : argv.slice(0, cut);
  let options: Options | null = null;
  let printed = "";
  const choose: Choose = (command, make) => (values) => {
    options = make(values, operandsOf(command, values, behind), settings);
  };
  defineCommands(makeParser(settings), choose).parse([...before], {}, (_error, _values, output) => {
    printed = output;
  });
  if (printed !== "") return { kind: "print", text: printed };
  if (options === null) throw new UsageError("This is no command line of varscope.");
  return { kind: "run", options };
}

type Make = (values: Values, operands: readonly string[], settings: ParseSettings) => Options;
type Choose = (command: Options["command"], make: Make) => (values: Values) => void;

/** Everything that is no option, in its order, without the command's own word. */
function operandsOf(command: Options["command"], values: Values, behind: readonly string[]): string[] {
  const words = (values["_"] as readonly unknown[]).map(String);
  return [...(words[0] === command ? words.slice(1) : words), ...behind];
}

function makeParser({ version }: ParseSettings): Argv {
  return (
    yargs()
      .scriptName("varscope")
      .usage(ANALYZE_USAGE)
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
        // A message is yargs' own complaint; without one the error is that of our own reading of the values.
        throw message === null ? error : new UsageError(plainWords(message));
      })
      .strictOptions()
      // The types know no plural forms, which the strings of unknown arguments must have.
      .updateStrings(YARGS_WORDS as unknown as Record<string, string>)
      .wrap(null)
      .version(version)
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
  return `--${name} takes one of ${choices.replaceAll('"', "")}, not ${shown(given.replaceAll('"', ""))}.`;
}

function epilogue(): string {
  return [
    "Exit codes:",
    ...EXIT_MEANINGS.map(([code, meaning]) => `${String(code).padStart(5)}  ${meaning}`),
  ].join("\n");
}

function defineCommands(parser: Argv, choose: Choose): Argv {
  return (
    parser
      .command("$0", false, analyzeArguments, choose("analyze", analyzeOptions))
      .command(
        "analyze",
        "PATH...  does it start, what is wrong, what to do (the default)",
        (command) => analyzeArguments(command.usage(ANALYZE_USAGE)),
        choose("analyze", analyzeOptions),
      )
      .command(
        "repair",
        "PATH  plan, prove and write a repaired NVRAM",
        repairArguments,
        choose("repair", repairOptions),
      )
      .command(
        "inspect",
        "PATH  show everything that is decoded",
        inspectArguments,
        choose("inspect", inspectOptions),
      )
      .command(
        "explain",
        "[RULE [PATH]]  what a rule is about",
        explainArguments,
        choose("explain", explainOptions),
      )
      .command(
        "schema",
        `[${SCHEMA_NAMES.join("|")}]  print a JSON Schema`,
        schemaArguments,
        choose("schema", schemaOptions),
      )
      // Not yargs' own completion command: without a process to end it would go on to the default command.
      .command("completion", "print a completion script for bash or zsh", {}, () => {
        parser.showCompletionScript();
      })
  );
}

const ANALYZE_USAGE =
  "varscope [analyze] PATH...\n\nJudges every NVRAM in files and folders; - is standard input.";

function analyzeArguments(command: Argv): Argv {
  return common(command)
    .example("varscope backup.xva", "one export")
    .example("varscope /backups --format json --output report.json", "a folder, for a script")
    .example("xe vm-param-get uuid=UUID param-name=NVRAM | varscope -", "what xe prints");
}

function repairArguments(command: Argv): Argv {
  return common(
    command
      .usage("varscope repair PATH\n\nPlans, proves and writes a repaired NVRAM. The input is never changed.")
      .option("dry-run", { type: "boolean", describe: "plan and prove only, write nothing" })
      .option("strategy", {
        choices: STRATEGIES,
        default: "merge",
        describe: "merge loses no signature; remove also deletes what nothing else can save",
      })
      .option("emit", {
        choices: ["efivars"],
        describe: "write one UUID.efivars.b64 a VM into the folder --out",
      })
      .option("out", { type: "string", requiresArg: true, describe: "file to write; with --emit the folder" })
      .option("vm", { type: "string", requiresArg: true, describe: "UUID of the only VM to repair" }),
  )
    .example("varscope repair vm.efivars.b64", "writes vm.repaired.efivars.b64")
    .example("varscope repair backup.xva --emit efivars --out repaired", "one text a VM")
    .example("varscope repair vm.vars --strategy remove --dry-run", "what would have to go");
}

function inspectArguments(command: Argv): Argv {
  return common(
    command
      .usage("varscope inspect PATH\n\nShows variables, signature lists and certificates.")
      .option("all", { type: "boolean", describe: "every entry of every list, hashes in full" }),
  )
    .example("varscope inspect vm.efivars.b64", "variables, lists, certificates")
    .example("varscope inspect vm.efivars.b64 --format json", "all of it, for a script");
}

function explainArguments(command: Argv): Argv {
  return common(command)
    .usage(
      "varscope explain [RULE [PATH]]\n\nSays what a rule is about; with PATH what it found there. Alone it lists all rules.",
    )
    .example("varscope explain wrong-signature-owner", "what, why, and what its repair does")
    .example("varscope explain wrong-signature-owner backup.xva", "and where it is in this export");
}

function schemaArguments(command: Argv): Argv {
  return common(command)
    .usage(`varscope schema [${SCHEMA_NAMES.join("|")}]\n\nPrints the JSON Schema of a report.`)
    .example("varscope schema report > report.schema.json", "of what analyze --format json prints");
}

const COMMON = "Common options:";

function common(command: Argv): Argv {
  return command
    .option("format", { group: COMMON, choices: FORMATS, default: "table", describe: "how to print" })
    .option("output", {
      group: COMMON,
      type: "string",
      requiresArg: true,
      describe: "file for what is printed",
    })
    .option("force", { group: COMMON, type: "boolean", describe: "write over files that exist" })
    .option("fail-on", {
      group: COMMON,
      choices: FAIL_ON,
      default: "warning",
      describe: "analyze: least severity for exit code 1",
    })
    .option("as-of", {
      group: COMMON,
      type: "string",
      requiresArg: true,
      describe: "YYYY-MM-DD, the day by which validity is judged; default today",
    })
    .option("no-progress", { group: COMMON, type: "boolean", describe: "no progress on standard error" })
    .option("quiet", {
      group: COMMON,
      type: "boolean",
      alias: "q",
      describe: "only what is wrong; no hints",
    });
}

function commonOptions(values: Values, { today }: ParseSettings): CommonOptions {
  const output = text(values, "output");
  if (output === "") throw new UsageError("The option --output needs the name of a file.");
  return {
    format: values["format"] as Format,
    output,
    force: values["force"] === true,
    failOn: values["fail-on"] as FailOn,
    asOf: dateOption(text(values, "as-of") ?? today),
    progress: values["no-progress"] !== true,
    quiet: values["quiet"] === true,
  };
}

function text(values: Values, name: string): string | null {
  const value = values[name];
  return typeof value === "string" ? value : null;
}

function shown(value: string): string {
  return `"${clip(printable(value), 80)}"`;
}

/** A day that exists, as written. */
function dateOption(value: string): string {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(value) ? new Date(`${value}T00:00:00Z`) : null;
  const exists = date !== null && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  if (!exists) throw new UsageError(`--as-of needs a day as YYYY-MM-DD, not ${shown(value)}.`);
  return value;
}

function analyzeOptions(values: Values, paths: readonly string[], settings: ParseSettings): Options {
  const [first] = paths;
  if (first === undefined) throw new UsageError("Name at least one file or folder, or - for standard input.");
  const implied = (values["_"] as readonly unknown[])[0] !== "analyze";
  if (implied) refuseUnknownCommand(first, settings);
  return { command: "analyze", paths, ...commonOptions(values, settings) };
}

function refuseUnknownCommand(word: string, { exists }: ParseSettings): void {
  if (!BARE_WORD.test(word)) return;
  if (KEPT_WORDS.includes(word))
    throw new UsageError(`This version has no command ${word}. For a file of this name write ./${word}.`);
  if (!exists(word))
    throw new UsageError(`There is no command and no file ${shown(word)}.${didYouMean(word, COMMANDS)}`);
}

function onePath(operands: readonly string[], command: string): string {
  const [path, ...more] = operands;
  if (path === undefined)
    throw new UsageError(`${command} needs the name of a file, or - for standard input.`);
  if (more.length > 0) throw new UsageError(`${command} takes one file, not ${operands.length}.`);
  return path;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function repairOptions(values: Values, operands: readonly string[], settings: ParseSettings): Options {
  const path = onePath(operands, "repair");
  const out = text(values, "out");
  const emitEfivars = values["emit"] === "efivars";
  const vmUuid = text(values, "vm")?.toLowerCase() ?? null;
  if (out === "") throw new UsageError("The option --out needs a name.");
  if (emitEfivars && out === null)
    throw new UsageError("--emit efivars needs a folder: --emit efivars --out DIR.");
  if (vmUuid !== null && !UUID.test(vmUuid)) throw new UsageError(`--vm needs a UUID, not ${shown(vmUuid)}.`);
  const dryRun = values["dry-run"] === true;
  const strategy = values["strategy"] as Strategy;
  return {
    command: "repair",
    path,
    strategy,
    dryRun,
    emitEfivars,
    out,
    vmUuid,
    ...commonOptions(values, settings),
  };
}

function inspectOptions(values: Values, operands: readonly string[], settings: ParseSettings): Options {
  const path = onePath(operands, "inspect");
  return { command: "inspect", path, all: values["all"] === true, ...commonOptions(values, settings) };
}

function explainOptions(values: Values, operands: readonly string[], settings: ParseSettings): Options {
  const [ruleId = null, path = null, ...more] = operands;
  if (more.length > 0) throw new UsageError("explain takes a rule and one file.");
  return { command: "explain", ruleId, path, ...commonOptions(values, settings) };
}

function schemaOptions(values: Values, operands: readonly string[], settings: ParseSettings): Options {
  const [given = SCHEMA_NAMES[0], ...more] = operands;
  const name = SCHEMA_NAMES.find((known) => known === given);
  if (name === undefined || more.length > 0)
    throw new UsageError(`schema takes one of ${SCHEMA_NAMES.join(", ")}, not ${shown(operands.join(" "))}.`);
  return { command: "schema", name: name satisfies SchemaName, ...commonOptions(values, settings) };
}
