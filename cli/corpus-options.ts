/** What a command line of `corpus` comes to. Throws UsageError. */

import type { CorpusFormat } from "../report/render/corpus-writer.ts";
import { UsageError } from "./errors.ts";
import {
  commonOptions,
  jobsOption,
  onePath,
  type ParseSettings,
  shardOption,
  shown,
  text,
} from "./option-values.ts";
import type { Options } from "./options.ts";
import type { CommandLine, Values } from "./plain-line.ts";

/** The first operand says what to do; what belongs to another action is refused, not passed over. */
export function corpusOptions({ values, operands }: CommandLine, settings: ParseSettings): Options {
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

const CASE_NAME = /^[A-Za-z0-9][\w.-]{0,99}(\/[A-Za-z0-9][\w.-]{0,99}){0,9}$/;

/** Folders below the corpus, with names that every file system takes. */
function nameOption(values: Values): string | null {
  const name = text(values, "name");
  if (name !== null && !CASE_NAME.test(name))
    throw new UsageError(`--name takes letters, digits, dots, dashes and slashes, not ${shown(name)}.`);
  return name;
}
