/** `varscope analyze`: every input judged, told in the order of the inputs. */

import type { CopyForm } from "../../library/judge/judged-copies.ts";
import type { Task } from "../../library/judge/task.ts";
import type { ExitCode } from "../../report/exit-codes.ts";
import { hasPictures } from "../../report/render/index.ts";
import { judgeInOrder } from "../batch/in-order.ts";
import type { ResumeFile } from "../batch/resume.ts";
import { type Asked, Run } from "../batch/run.ts";
import type { CommandContext } from "../context.ts";
import { filterSettings } from "../filter.ts";
import { listTasks } from "../inputs.ts";
import type { AnalyzeOptions } from "../options.ts";
import { OutputClosed } from "../output.ts";
import { makeReportWriter } from "../render/make-writer.ts";
import { type Progress, startProgress } from "../render/progress.ts";

export async function analyze(options: AnalyzeOptions, context: CommandContext): Promise<ExitCode> {
  const resumed = options.resume === null ? null : await openResumed(options.resume);
  try {
    return await analyzeTo(options, context, resumed);
  } finally {
    await resumed?.close();
  }
}

async function analyzeTo(
  options: AnalyzeOptions,
  context: CommandContext,
  resumed: ResumeFile | null,
): Promise<ExitCode> {
  const output = resumed?.output ?? context.output;
  const filter = await filterSettings(options);
  const asked = { ...(await openAsked(options)), filter };
  const run = new Run(
    options,
    context,
    await makeReportWriter(options, { ...context, output }),
    output,
    asked,
  );
  const progress = startProgress(
    options.progress && !options.quiet,
    () => countFiles(options),
    () => run.summary,
  );
  try {
    const tasks = selectTasks(options);
    const rest = resumed === null ? tasks : await skipDone(tasks, resumed, run, progress);
    for await (const { task, outcomes } of judgeInOrder(
      rest,
      { ...judgeOptions(options), filter },
      run.wanted,
    )) {
      for await (const outcome of outcomes) await run.add(outcome, task);
      if (task.kind === "folder-end") await run.endFolder(task);
      if (task.kind === "file") progress.done(task.path);
    }
    progress.stop();
    await run.end();
    await resumed?.output.finish();
  } catch (error) {
    // Nobody reads on: what was seen so far decides.
    if (!(error instanceof OutputClosed)) throw error;
  } finally {
    progress.stop();
  }
  return run.exitCode();
}

function judgeOptions(options: AnalyzeOptions) {
  const { asOf, references, jobs, group, pictures, boot, format } = options;
  return {
    asOf,
    references,
    jobs,
    form: copyForm(options),
    withOrigins: group,
    boot,
    withDetail: pictures || hasPictures(format),
  };
}

/** Text is made where a copy is judged, unless something is to be added to it here. */
function copyForm({ format, baseline }: AnalyzeOptions): CopyForm {
  if (format !== "json" && format !== "ndjson") return "brief";
  if (baseline !== null) return "whole";
  return format === "json" ? "indented" : "line";
}

async function openAsked({ group, baseline, paths, shard }: AnalyzeOptions): Promise<Omit<Asked, "filter">> {
  return {
    clusters: group ? new (await import("../../library/judge/clusters.ts")).ClusterTeller() : null,
    baseline:
      baseline === null
        ? null
        : await (await import("../baseline.ts")).openBaseline(baseline, { paths, isWhole: shard === null }),
  };
}

/** The tasks of this part of the run. */
async function* selectTasks({ paths, shard, resume }: AnalyzeOptions): AsyncGenerator<Task, void, undefined> {
  const tasks = listTasks(paths, resume);
  if (shard === null) {
    yield* tasks;
    return;
  }
  const { isInShard } = await import("../batch/shard.ts");
  for await (const task of tasks) if (isInShard(task, shard)) yield task;
}

async function countFiles(options: AnalyzeOptions): Promise<number> {
  let files = 0;
  for await (const { kind } of selectTasks(options)) if (kind === "file") files++;
  return files;
}

async function openResumed(path: string): Promise<ResumeFile> {
  return (await import("../batch/resume.ts")).openResumeFile(path);
}

async function skipDone(
  tasks: AsyncIterable<Task>,
  resumed: ResumeFile,
  run: Run,
  progress: Progress,
): Promise<AsyncIterable<Task>> {
  return (await import("../batch/skip-done.ts")).skipDone(tasks, resumed, run, progress.passOver);
}
