/** `varscope analyze`: judge inputs, the default. Its options, help text and checks; the work is in `cli/commands/`. */

import { isRenderFormat, RENDERERS } from "../../report/render/index.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { UsageError } from "../errors.ts";
import {
  commonOptions,
  filterOptions,
  jobsOption,
  list,
  newName,
  type ParseSettings,
  shardOption,
  text,
  ticketOption,
} from "../option-values.ts";
import { type AnalyzeOptions, type CommonOptions, REPORT_FORMATS, type ReportFormat } from "../options.ts";
import {
  COMMON_OPTIONS,
  type Command,
  FILTER_OPTIONS,
  type OptionDefinition,
  TICKET_OPTIONS,
} from "./command.ts";
import type { CommandLine, Values } from "./line.ts";

const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  jobs: { type: "string", describe: "threads; default: one a core where there are enough files" },
  shard: {
    type: "string",
    describe: "I/N: only the I-th of N parts of the files, the same on every machine",
  },
  resume: {
    type: "string",
    value: "file",
    describe: "NDJSON file of an interrupted run: goes on after its last line; needs --as-of",
  },
  details: {
    type: "boolean",
    describe: "show each copy in full; default: up to five copies in full, more as causes and a table",
  },
  "no-details": { type: "boolean", describe: "show no copy in full" },
  group: {
    type: "boolean",
    describe: "also show which copies have the same root cause, and from which template",
  },
  pictures: {
    type: "boolean",
    describe: "json, ndjson: also the data of the pictures in the HTML report (detail)",
  },
  boot: {
    type: "boolean",
    describe: "also look at the disks of exports: what starts from them, as boot says it",
  },
  baseline: {
    type: "string",
    value: "file",
    describe: "earlier report (json, ndjson): show only what is new, fixed or worse since then",
  },
  ...FILTER_OPTIONS,
  ...TICKET_OPTIONS,
};

export const analyzeCommand: Command<AnalyzeOptions> = {
  formats: REPORT_FORMATS,
  operands: "files",
  common: Object.keys(COMMON_OPTIONS),
  summary: "PATH...  does it start, what is wrong, what to do (the default)",
  usage: "varscope [analyze] PATH...\n\nJudges every NVRAM in files and folders; - is standard input.",
  options: OPTIONS,
  examples: [
    ["varscope backup.xva", "one export"],
    ["varscope /backups --format json --output report.json", "a folder, for a script"],
    ["varscope /backups --format html --output report.html", "a page to look at, to print, to hand on"],
    ["xe vm-param-get uuid=UUID param-name=NVRAM | varscope -", "what xe prints"],
    [
      "varscope /dumps --format ndjson --as-of 2026-11-22 --resume results.ndjson",
      "thousands of dumps; the same line goes on after an interruption",
    ],
    ["varscope state.db --group", "which VMs have one root cause, and inherit it from which template"],
    ["varscope /backups --baseline last-week.json", "only what is new or fixed since then"],
  ],
  read,
  inputs: ({ paths, baseline, ignoreFile }) => [paths, baseline ?? [], ignoreFile ?? []].flat(),
};

function read({ values, operands: paths }: CommandLine, settings: ParseSettings): AnalyzeOptions {
  const [first] = paths;
  if (first === undefined) {
    const swallowed =
      list(values, "reference").length > 0
        ? " What stands behind --reference is a reference: name it last."
        : "";
    throw new UsageError(`Name at least one file or folder, or - for standard input.${swallowed}`);
  }
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
