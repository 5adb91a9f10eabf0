/** `varscope corpus merge`: the results of several parts of one run, joined. */

import { EXIT, type ExitCode, exitCode, worse } from "../../report/exit-codes.ts";
import type { InputReport } from "../../report/input.ts";
import { tallyOf } from "../../report/tally.ts";
import type { Severity } from "../../rules/engine/rule.ts";
import { mergeResults, type ResultRow } from "../batch/merge.ts";
import type { CommandContext } from "../context.ts";
import type { CorpusMergeOptions } from "../options.ts";
import { isHeard } from "../output.ts";

/** Prints the rows as they stand in the files, and ends as the whole run would have ended. */
export async function mergeCorpus(
  { paths, failOn }: CorpusMergeOptions,
  { output }: CommandContext,
): Promise<ExitCode> {
  let [inputFailed, hasDefect, isDifferent] = [false, false, false];
  let worst: Severity | null = null;
  for await (const row of mergeResults(paths)) {
    hasDefect ||= isDefect(row);
    if (!isCase(row)) {
      // A file of a folder that is no dump is unrecognised, and no fault; one that was named looks the same here.
      const tally = tallyOf(row.value as unknown as InputReport, false);
      inputFailed ||= tally.failed;
      worst = worse(worst, tally.worst);
    } else isDifferent ||= isDifferentCase(row);
    // Nobody reads on: what was seen so far decides.
    if (!(await isHeard(output.write(`${row.text}\n`)))) break;
  }
  if (!hasDefect && isDifferent && failOn !== "never") return EXIT.findings;
  return exitCode({ inputFailed, worst, hasDefect }, failOn);
}

/** A row of `corpus run`; every other one is of analyze. */
function isCase({ value }: ResultRow): boolean {
  return Object.hasOwn(value, "case");
}

/** Of an input, or of a case. */
function isDefect({ value }: ResultRow): boolean {
  const { error } = value as { error?: { code?: unknown } | null };
  return error?.code === "defect";
}

function isDifferentCase({ value }: ResultRow): boolean {
  return value["status"] !== "same";
}
