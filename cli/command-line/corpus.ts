/** `varscope corpus`: a folder of cases. Its options, help text and checks; the work is in `cli/commands/`. */
import type { CorpusFormat } from "../../report/render/corpus-writer.ts";
import { UsageError } from "../errors.ts";
import {
  commonOptions,
  jobsOption,
  onePath,
  type ParseSettings,
  shardOption,
  shown,
  text,
} from "../option-values.ts";
import { CORPUS_ACTIONS, CORPUS_FORMATS, type CorpusOptions } from "../options.ts";
import { type Command, JUDGING_OPTIONS, type OptionDefinition, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine, Values } from "./line.ts";

const OPTIONS: Readonly<Record<string, OptionDefinition>> = {
  shard: {
    type: "string",
    describe: "run: I/N, only the I-th of N parts of the cases, the same on every machine",
  },
  jobs: { type: "string", describe: "run: threads; default: one a core where there are enough cases" },
  to: { type: "string", value: "folder", describe: "add: the folder of cases to add to" },
  name: { type: "string", describe: "add: folder of the case below it; default: its verdict and a number" },
  redact: {
    type: "boolean",
    describe: "add: replace names, UUIDs, MAC addresses, paths and free text; keep all that is judged",
  },
};

export const corpusCommand: Command<CorpusOptions> = {
  formats: CORPUS_FORMATS,
  operands: "files",
  common: [...WRITING_OPTIONS, ...JUDGING_OPTIONS, "no-progress", "quiet"],
  summary:
    "run DIR | update DIR | add PATH --to DIR | merge RESULT...  is any verdict different from what it was",
  usage:
    "varscope corpus run DIR\nvarscope corpus update DIR\nvarscope corpus add PATH --to DIR\nvarscope corpus merge RESULT...\n\nJudges a folder of cases and says what changed. A case is a folder with one file input.* and what it is to come to,\nexpected.json. update writes that anew, for review; add makes a case of a dump; merge joins the results of the parts of a run.",
  words: CORPUS_ACTIONS,
  options: OPTIONS,
  examples: [
    ["varscope corpus add backup.xva --to cases --redact", "a case without names, UUIDs and paths"],
    ["varscope corpus run cases", "what is different; exit code 1 where something is"],
    ["varscope corpus run cases --format junit --output corpus.xml", "for CI"],
    ["varscope corpus run cases --shard 1/4 --format ndjson", "a quarter of them"],
    ["varscope corpus merge 1.ndjson 2.ndjson --output all.ndjson", "as one run would have printed it"],
    ["varscope corpus update cases", "take what it is now, and read the difference"],
  ],
  wordsBeforeFiles: 1,
  read,
  inputs: inputsOf,
};

const CASE_NAME = /^[A-Za-z0-9][\w.-]{0,99}(\/[A-Za-z0-9][\w.-]{0,99}){0,9}$/;

/** The first operand says what to do; what belongs to another action is refused, not passed over. */
function read({ values, operands }: CommandLine, settings: ParseSettings): CorpusOptions {
  const [action, ...names] = operands;
  const common = {
    command: "corpus",
    ...commonOptions(values, settings),
    format: values["format"] as CorpusFormat,
  } as const;
  const folder = (): string => {
    const [only, ...more] = names;
    if (only === undefined || more.length > 0)
      throw new UsageError(`corpus ${action} takes one folder of cases, not ${names.length}.`);
    return only;
  };
  switch (action) {
    case "run":
      refuseOptions(values, ["to", "name", "redact"], "corpus run");
      return { ...common, action, folder: folder(), shard: shardOption(values), jobs: jobsOption(values) };
    case "update":
      refuseOptions(values, ["to", "name", "redact", "shard", "jobs"], "corpus update");
      return { ...common, action, folder: folder() };
    case "add": {
      refuseOptions(values, ["shard", "jobs"], "corpus add");
      const to = text(values, "to");
      if (to === null || to === "") throw new UsageError("corpus add needs a corpus: --to DIR.");
      const redact = values["redact"] === true;
      return { ...common, action, path: onePath(names, "corpus add"), to, name: nameOption(values), redact };
    }
    case "merge":
      refuseOptions(values, ["to", "name", "redact", "shard"], "corpus merge");
      if (names.length === 0) throw new UsageError("corpus merge needs the files of results to join.");
      if (common.format === "json" || common.format === "junit")
        throw new UsageError("corpus merge prints lines, as --format ndjson does.");
      return { ...common, action, paths: names };
    default: {
      const given = action === undefined ? "" : `, not ${shown(action)}`;
      throw new UsageError(
        `corpus takes run, update, add or merge${given}. For a file of this name write ./corpus.`,
      );
    }
  }
}

function refuseOptions(values: Values, names: readonly string[], where: string): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw new UsageError(`${where} has no option --${given}.`);
}

/** Folders below the corpus, with names that every file system takes. */
function nameOption(values: Values): string | null {
  const name = text(values, "name");
  if (name !== null && !CASE_NAME.test(name))
    throw new UsageError(`--name takes letters, digits, dots, dashes and slashes, not ${shown(name)}.`);
  return name;
}

function inputsOf(options: CorpusOptions): readonly string[] {
  if (options.action === "merge") return options.paths;
  return options.action === "add" ? [options.path, options.to] : [options.folder];
}
