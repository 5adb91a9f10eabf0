/** What the values of a command line come to. Throws UsageError, in words for the one who typed it. */
import { basename } from "node:path";
import { DAEMON_VERSIONS } from "../daemon/daemon-version.ts";
import { SECURE_BOOT_VARIABLES } from "../daemon/variable-id.ts";
import { SCENARIOS, type ScenarioName } from "../report/boot.ts";
import { isRenderFormat, RENDERERS } from "../report/render/index.ts";
import { STANDARD_INPUT } from "../report/standard-streams.ts";
import type { Strategy } from "../rules/engine/strategy.ts";
import { COMMANDS, type CommandName } from "./command-table.ts";
import { corpusOptions } from "./corpus-options.ts";
import { UsageError } from "./errors.ts";
import { didYouMean } from "./nearest.ts";
import {
  commonOptions,
  filterOptions,
  jobsOption,
  list,
  newName,
  onePath,
  type ParseSettings,
  shardOption,
  shown,
  text,
  ticketOption,
  uuidOption,
  vmOption,
} from "./option-values.ts";
import {
  type BootFormat,
  type CommonOptions,
  type ExplainFormat,
  type Options,
  type ReportFormat,
  SCHEMA_NAMES,
  type SchemaName,
  SHELLS,
} from "./options.ts";
import { chosenFormat } from "./output-format.ts";
import type { CommandLine, Values } from "./plain-line.ts";

type Make = (line: CommandLine, settings: ParseSettings) => Options;

const MAKE: Readonly<Record<CommandName, Make>> = {
  analyze: analyzeOptions,
  ask: askOptions,
  convert: convertOptions,
  repair: repairOptions,
  inspect: inspectOptions,
  diff: diffOptions,
  extract: extractOptions,
  forecast: forecastOptions,
  verify: verifyOptions,
  boot: bootOptions,
  explain: explainOptions,
  corpus: corpusOptions,
  schema: schemaOptions,
  completion: completionOptions,
};

export function makeOptions(line: CommandLine, settings: ParseSettings): Options {
  refuseEmptyNames(line);
  const values = { ...line.values, format: chosenFormat(line) };
  return MAKE[line.command]({ ...line, values }, settings);
}

/** By command how many words stand before the names of files; those without have none. */
const WORDS_BEFORE_FILES: Partial<Record<CommandName, number>> = {
  ask: Number.POSITIVE_INFINITY,
  explain: 1,
  corpus: 1,
  schema: Number.POSITIVE_INFINITY,
  completion: Number.POSITIVE_INFINITY,
};

/** They come from variables of a shell that are not set; an error of the disk would not tell. */
function refuseEmptyNames({ command, operands, values }: CommandLine): void {
  if (operands.slice(WORDS_BEFORE_FILES[command] ?? 0).includes(""))
    throw new UsageError("The name of a file is empty: is it a variable of the shell that is not set?");
  for (const option of ["reference", "update", "ignore-file"])
    if (list(values, option).includes(""))
      throw new UsageError(`The option --${option} needs the name of a file.`);
}

/**
 * What later versions will use as commands. They are never read as paths, so that no call that works today
 * means something else tomorrow.
 */
const KEPT_WORDS: readonly string[] = ["page"];
const BARE_WORD = /^[a-z][a-z-]*$/;

function analyzeOptions({ values, operands: paths, implied }: CommandLine, settings: ParseSettings): Options {
  const [first] = paths;
  if (first === undefined) {
    const swallowed =
      list(values, "reference").length > 0
        ? " What stands behind --reference is a reference: name it last."
        : "";
    throw new UsageError(`Name at least one file or folder, or - for standard input.${swallowed}`);
  }
  if (implied) refuseUnknownCommand(first, settings);
  const common = commonOptions(values, settings);
  const batch = { jobs: jobsOption(values), shard: shardOption(values), resume: newName(values, "resume") };
  if (batch.resume !== null) checkResume(values, common);
  const format = values["format"] as ReportFormat;
  const group = values["group"] === true;
  if (group) checkGroup(format);
  const pictures = values["pictures"] === true;
  if (pictures && format !== "json" && format !== "ndjson")
    throw new UsageError(
      "--pictures adds to JSON what pictures need: take --format json or ndjson. The report in HTML has them.",
    );
  return {
    command: "analyze",
    details: detailsOption(values),
    paths,
    ...batch,
    group,
    pictures,
    boot: values["boot"] === true,
    baseline: baselineOption(values),
    ...filterOptions(values),
    ticket: ticketOption(values),
    ...common,
    format,
  };
}

/** Both halves of a run must be judged alike, and lines are all that can be gone on with. */
function checkResume(values: Values, { format, output }: CommonOptions): void {
  if (format !== "ndjson")
    throw new UsageError("--resume needs --format ndjson: only lines can be gone on with.");
  if (output !== null) throw new UsageError("--resume names the file of results itself: leave out --output.");
  if (text(values, "as-of") === null)
    throw new UsageError("--resume needs --as-of YYYY-MM-DD, so that all of the run is judged by one day.");
}

/** Null where nothing is said. */
function detailsOption(values: Values): boolean | null {
  const [yes, no] = [values["details"] === true, values["no-details"] === true];
  if (yes && no) throw new UsageError("--details and --no-details exclude each other.");
  return yes || no ? yes : null;
}

/** Clusters are known at the end of a run, and stand there. */
function checkGroup(format: ReportFormat): void {
  if (format === "ndjson")
    throw new UsageError("--group needs a report with an end, which lines have not: take --format json.");
  if (isRenderFormat(format) && !RENDERERS[format].isForPeople)
    throw new UsageError(`--format ${format} has no place for --group: take table, markdown, html or json.`);
}

function baselineOption(values: Values): string | null {
  const file = text(values, "baseline");
  if (file === "") throw new UsageError("The option --baseline needs the name of an earlier report.");
  if (file === STANDARD_INPUT)
    throw new UsageError("--baseline reads a file, not standard input: name the earlier report.");
  if (file !== null && text(values, "resume") !== null)
    throw new UsageError("--baseline and --resume exclude each other: compare once the run is complete.");
  return file;
}

function refuseUnknownCommand(word: string, { exists }: ParseSettings): void {
  if (!BARE_WORD.test(word)) return;
  if (word === "help") throw new UsageError("help stands in front: varscope help COMMAND.");
  if (KEPT_WORDS.includes(word))
    throw new UsageError(`This version has no command ${word}. For a file of this name write ./${word}.`);
  if (!exists(word))
    throw new UsageError(
      `There is no command and no file ${shown(word)}.${didYouMean(word, Object.keys(COMMANDS))}`,
    );
}

function askOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const question = operands.join(" ").trim();
  return {
    command: "ask",
    question: question === "" ? null : question,
    ...commonOptions(values, settings),
    format: values["format"] as ExplainFormat,
  };
}

function convertOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const [path, ...more] = operands;
  if (path === undefined || path === STANDARD_INPUT)
    throw new UsageError(
      "convert needs the name of a saved report: varscope analyze PATH --format json --output REPORT.json writes one.",
    );
  if (more.length > 0) throw new UsageError(`convert takes one report, not ${operands.length}.`);
  return {
    command: "convert",
    path,
    decides: values["fail-on"] !== undefined,
    ...filterOptions(values),
    ticket: ticketOption(values),
    ...commonOptions(values, settings),
    format: values["format"] as ReportFormat,
  };
}

function repairOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const [path] = operands;
  if (path === undefined)
    throw new UsageError("repair needs the name of a file or folder, or - for standard input.");
  const out = newName(values, "out");
  const emit = text(values, "emit");
  const vmUuid = vmOption(values);
  if (out === "") throw new UsageError("The option --out needs a name.");
  if (emit !== null && out === null)
    throw new UsageError(`--emit ${emit} needs a folder: --emit ${emit} --out DIR.`);
  const addCertificates = text(values, "add-certificates");
  if (addCertificates === "") throw new UsageError("The option --add-certificates needs a folder.");
  const runbook = newName(values, "runbook");
  if (runbook === "") throw new UsageError("The option --runbook needs a file.");
  const dryRun = values["dry-run"] === true;
  const strategy = values["strategy"] as Strategy;
  return {
    command: "repair",
    path,
    paths: operands,
    strategy,
    dryRun,
    emitEfivars: emit === "efivars",
    emitSame: emit === "same",
    out,
    compress: values["compress"] === "gzip",
    vmUuid,
    runbook,
    addCertificates,
    ...commonOptions(values, settings),
  };
}

function inspectOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const path = onePath(operands, "inspect");
  return {
    command: "inspect",
    path,
    all: values["all"] === true,
    variable: text(values, "variable"),
    hex: values["hex"] === true,
    bytes: values["bytes"] === true,
    vmUuid: vmOption(values),
    file: fileOption(values, path),
    ...commonOptions(values, settings),
  };
}

function extractOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const path = onePath(operands, "extract");
  const out = newName(values, "out");
  if (out === null || out === "") throw new UsageError("extract needs a folder: --out DIR.");
  const source = text(values, "source");
  const lastGood = values["last-good"] === true;
  if (lastGood && source !== null)
    throw new UsageError("--last-good takes the copy that a restore takes: leave out --source.");
  if (lastGood && path === STANDARD_INPUT)
    throw new UsageError("--last-good reads backups twice, which standard input cannot be: name a folder.");
  return {
    command: "extract",
    path,
    out,
    lastGood,
    vmUuid: vmOption(values),
    source,
    file: fileOption(values, path),
    ...commonOptions(values, settings),
  };
}

/** A file on a disk: where it lies is known once the disk was read, so that a pipe will not do. */
function fileOption(values: Values, path: string): string | null {
  const file = text(values, "file");
  if (file === null) return null;
  if (path === STANDARD_INPUT)
    throw new UsageError(
      "--file looks into the input more than once, which standard input cannot be: name a file.",
    );
  const other = ["variable", "source", "hex", "bytes", "all", "last-good"].find(
    (name) => values[name] !== undefined && values[name] !== false,
  );
  if (other !== undefined)
    throw new UsageError(`--file is about a disk, and --${other} about an NVRAM: take one of both.`);
  return file;
}

function diffOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const [a, b, ...more] = operands;
  if (a === undefined || b === undefined || more.length > 0)
    throw new UsageError(`diff takes two files, not ${operands.length}.`);
  if (a === STANDARD_INPUT && b === STANDARD_INPUT)
    throw new UsageError("Standard input can be read only once: name a file for A or B.");
  const [vmA, vmB] = pairOf(text(values, "vm")).map(uuidOption);
  const [sourceA = null, sourceB = null] = pairOf(text(values, "source"));
  return {
    command: "diff",
    a: { path: a, vmUuid: vmA ?? null, source: sourceA },
    b: { path: b, vmUuid: vmB ?? null, source: sourceB },
    all: values["all"] === true,
    ...commonOptions(values, settings),
  };
}

/** One value for both of A and B, or one for each with a comma between them. */
function pairOf(value: string | null): readonly (string | null)[] {
  const parts = value?.split(",") ?? [null];
  if (parts.length > 2)
    throw new UsageError(`There are two inputs, and ${shown(value ?? "")} names ${parts.length}.`);
  return parts.length === 2 ? parts : [value, value];
}

function forecastOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const path = onePath(operands, "forecast");
  const updates = list(values, "update");
  if (updates.length === 0) throw new UsageError("forecast needs an update: --update FILE.");
  const append = values["append"] === true;
  const replace = values["replace"] === true;
  if (append && replace) throw new UsageError("--append and --replace exclude each other.");
  const daemon = values["daemon"];
  const daemons = DAEMON_VERSIONS.filter((version) => daemon === "both" || daemon === version);
  const out = newName(values, "out");
  if (out !== null && daemons.length > 1)
    throw new UsageError("--out needs one daemon: --daemon fixed or --daemon unfixed.");
  const common = commonOptions(values, settings);
  return {
    command: "forecast",
    path,
    updates,
    daemons,
    variable: SECURE_BOOT_VARIABLES.find((name) => name === values["variable"]) ?? null,
    append: append || replace ? append : null,
    out,
    vmUuid: vmOption(values),
    failOnRefusal: values["fail-on"] !== undefined && common.failOn !== "never",
    ...common,
  };
}

function verifyOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  return { command: "verify", path: onePath(operands, "verify"), ...commonOptions(values, settings) };
}

function bootOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  if (operands.length === 0) throw new UsageError("boot needs an export, or a disk and --nvram FILE.");
  const nvram = values["nvram"];
  return {
    command: "boot",
    paths: operands,
    nvram: typeof nvram === "string" ? nvram : null,
    vmUuid: vmOption(values),
    scenarios: scenarioOption(values),
    ...commonOptions(values, settings),
    format: values["format"] as BootFormat,
  };
}

/** The ids of updates are known when the tables are: `boot` looks at them. */
function scenarioOption(values: Values): readonly ScenarioName[] | null {
  const given = list(values, "scenario");
  if (given.length === 0) return null;
  const wrong = given.find((name) => !isScenario(name));
  if (wrong !== undefined)
    throw new UsageError(`--scenario takes ${SCENARIOS.join(", ")} or update:NAME, not ${shown(wrong)}.`);
  return given.filter(isScenario);
}

function isScenario(name: string): name is ScenarioName {
  return (SCENARIOS as readonly string[]).includes(name) || /^update:./.test(name);
}

function explainOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const [ruleId = null, path = null, ...more] = operands;
  if (more.length > 0) throw new UsageError("explain takes a rule and one file.");
  const collect = values["collect"] === true;
  if (collect && path !== null)
    throw new UsageError("explain --collect says which file to ask for, and reads none. Leave the file out.");
  const common = commonOptions(values, settings);
  return { command: "explain", ruleId, path, collect, ...common, format: values["format"] as ExplainFormat };
}

function schemaOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const [given = SCHEMA_NAMES[0], ...more] = operands;
  const name = SCHEMA_NAMES.find((known) => known === given);
  if (name === undefined || more.length > 0)
    throw new UsageError(`schema takes one of ${SCHEMA_NAMES.join(", ")}, not ${shown(operands.join(" "))}.`);
  return { command: "schema", name: name satisfies SchemaName, ...commonOptions(values, settings) };
}

/** Without a word the shell of whoever asks, as login sets it. */
function completionOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
  const [given, ...more] = operands;
  const word = given ?? (settings.shell === undefined ? undefined : basename(settings.shell));
  const shell = SHELLS.find((known) => known === word);
  if (given === undefined && shell === undefined)
    throw new UsageError(`completion needs the name of your shell: ${SHELLS.join(", ")}.`);
  if (shell === undefined || more.length > 0)
    throw new UsageError(`completion takes one of ${SHELLS.join(", ")}, not ${shown(operands.join(" "))}.`);
  return { command: "completion", shell, ...commonOptions(values, settings) };
}
