/** `corpus run` and `corpus update`: every case a row, in the order of their paths. */

import { type CaseReport, CorpusCounter } from "../../report/corpus/case-report.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { corpusWriter } from "../../report/render/corpus-writer.ts";
import { printable } from "../../report/render/printable.ts";
import { SummaryCounter } from "../../report/summary.ts";
import type { CommandContext } from "../context.ts";
import { isFolder } from "../io/byte-source.ts";
import type { CorpusRunOptions, CorpusUpdateOptions } from "../options.ts";
import { isHeard } from "../output.ts";
import { startProgress } from "../render/progress.ts";
import { judgingSettings } from "../settings.ts";
import { updateTable } from "./case-table.ts";
import { updateCase } from "./check-case.ts";
import { checkInOrder } from "./check-in-order.ts";
import { type CaseTask, listCases, noCases } from "./list-cases.ts";

const NOTHING_YET = new SummaryCounter().summary;

export async function runCorpus(options: CorpusRunOptions, context: CommandContext): Promise<ExitCode> {
  return report(options, context, checkInOrder(listCases(options.folder, options.shard), options));
}

export async function updateCorpus(options: CorpusUpdateOptions, context: CommandContext): Promise<ExitCode> {
  const settings = await judgingSettings(options);
  // One after the other: each writes.
  async function* rows(): AsyncGenerator<CaseReport, void, undefined> {
    for await (const task of listCases(options.folder, null)) yield await updateCase(task, settings);
  }
  const code = await report(options, context, rows());
  const isDone = code === EXIT.ok || code === EXIT.findings;
  if (isDone && (await updateTable(options.folder)) && options.format === "table")
    await isHeard(context.output.write("The table of cases in README.md was written anew.\n"));
  return code;
}

async function report(
  options: CorpusRunOptions | CorpusUpdateOptions,
  context: CommandContext,
  rows: AsyncIterable<CaseReport>,
): Promise<ExitCode> {
  const { folder, format, progress, quiet } = options;
  if (!(await isFolder(folder))) {
    context.complain(printable(noCases(folder).message));
    return EXIT.inputFailed;
  }
  const { output, style } = context;
  const shard = options.action === "run" ? options.shard : null;
  const [counter, verdicts] = [new CorpusCounter(), new SummaryCounter()];
  const bar = startProgress(
    progress && !quiet,
    () => countOf(listCases(folder, shard)),
    () => verdicts.summary,
  );
  const writer = corpusWriter(format, output, style);
  let hasDefect = false;
  try {
    for await (const row of rows) {
      counter.add(row);
      verdicts.merge({ ...NOTHING_YET, byVerdict: row.byVerdict });
      hasDefect ||= row.error?.code === "defect";
      bar.done(row.case);
      // Nobody reads on: what was seen so far decides. An update is asked for its files, which are all written.
      if (!(await isHeard(writer.case(row))) && options.action === "run") break;
    }
    bar.stop();
    await isHeard(writer.end(counter.summary));
  } finally {
    bar.stop();
  }
  if (hasDefect) return EXIT.defect;
  const { cases, byStatus } = counter.summary;
  if (cases === 0 && !(shard !== null && (await countOf(listCases(folder, null))) > 0)) {
    context.complain(printable(noCases(folder).message));
    return EXIT.inputFailed;
  }
  // What changed is what an update was asked for.
  const isChanged = options.action === "run" && (byStatus.changed ?? 0) > 0;
  if (options.failOn === "never") return EXIT.ok;
  return isChanged || (byStatus.failed ?? 0) > 0 ? EXIT.findings : EXIT.ok;
}

async function countOf(tasks: AsyncIterable<CaseTask>): Promise<number> {
  let count = 0;
  for await (const _task of tasks) count++;
  return count;
}
