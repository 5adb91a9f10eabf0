/** `varscope analyze`: every input judged, told in the order of the inputs. */
import { SCHEMA_VERSION, type Summary, SummaryCounter } from "../../rules/engine/report.ts";
import type { Severity } from "../../rules/engine/rule.ts";
import { MAX_ADVISED_INPUTS } from "../advice.ts";
import type { Baseline } from "../baseline.ts";
import { judgeInOrder } from "../batch/in-order.ts";
import { type Outcome, outcomeOf } from "../batch/outcome.ts";
import type { ResumeFile } from "../batch/resume.ts";
import { ToldRemotes } from "../batch/told-remotes.ts";
import type { ClusterTeller } from "../clusters.ts";
import type { CommandContext } from "../context.ts";
import { type ExitCode, exitCode, worse } from "../exit-codes.ts";
import { listTasks, noDumps, type Task } from "../inputs.ts";
import { errorInput } from "../judge.ts";
import type { CopyForm } from "../judged-copies.ts";
import type { AnalyzeOptions, ReportFormat } from "../options.ts";
import { type Output, OutputClosed } from "../output.ts";
import { printable } from "../render/printable.ts";
import { startProgress } from "../render/progress.ts";
import {
  type JudgedInput,
  jsonReportWriter,
  lineReportWriter,
  type ReportWriter,
} from "../render/report-writer.ts";
import { TimelineCollector, withChanges } from "../timelines.ts";
import { TOOL } from "../version.ts";

export async function analyze(options: AnalyzeOptions, context: CommandContext): Promise<ExitCode> {
  const resumed = options.resume === null ? null : await resume(options.resume);
  const output = resumed?.output ?? context.output;
  const asked = await openAsked(options);
  const run = new Run(options, context, await makeWriter(options, { ...context, output }), output, asked);
  const progress = startProgress(
    options.progress && !options.quiet,
    () => countFiles(options),
    () => run.summary,
  );
  try {
    const tasks = selectTasks(options);
    const rest = resumed === null ? tasks : await skipDone(tasks, resumed, run);
    for await (const { task, outcomes } of judgeInOrder(rest, judgeOptions(options), run.wantsAdvice)) {
      for await (const outcome of outcomes) await run.add(outcome, task);
      if (task.kind === "folder-end") await run.endFolder(task);
      progress.done(task.path);
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
  const { asOf, references, jobs, group } = options;
  return { asOf, references, jobs, form: copyForm(options), withOrigins: group };
}

/** Text is made where a copy is judged, unless something is to be added to it here. */
function copyForm({ format, baseline }: AnalyzeOptions): CopyForm {
  if (format !== "json" && format !== "ndjson") return "brief";
  if (baseline !== null) return "whole";
  return format === "json" ? "indented" : "line";
}

async function openAsked({ group, baseline, paths, shard }: AnalyzeOptions): Promise<Asked> {
  return {
    clusters: group ? new (await import("../clusters.ts")).ClusterTeller() : null,
    baseline:
      baseline === null
        ? null
        : await (await import("../baseline.ts")).openBaseline(baseline, { paths, isWhole: shard === null }),
  };
}

/** The tasks of this part of the run. */
async function* selectTasks({ paths, shard }: AnalyzeOptions): AsyncGenerator<Task, void, undefined> {
  if (shard === null) {
    yield* listTasks(paths);
    return;
  }
  const { isInShard } = await import("../batch/shard.ts");
  for await (const task of listTasks(paths)) if (isInShard(task, shard)) yield task;
}

async function countFiles(options: AnalyzeOptions): Promise<number> {
  let files = 0;
  for await (const _task of selectTasks(options)) files++;
  return files;
}

async function resume(path: string): Promise<ResumeFile> {
  return (await import("../batch/resume.ts")).openResumeFile(path);
}

async function skipDone(
  tasks: AsyncIterable<Task>,
  resumed: ResumeFile,
  run: Run,
): Promise<AsyncIterable<Task>> {
  return (await import("../batch/skip-done.ts")).skipDone(tasks, resumed, run);
}

async function makeWriter(
  { format, asOf, quiet, failOn }: AnalyzeOptions,
  { output, style, columns }: CommandContext,
): Promise<ReportWriter> {
  switch (format) {
    case "json":
      return jsonReportWriter(output, { schemaVersion: SCHEMA_VERSION, tool: TOOL, asOf });
    case "ndjson":
      return lineReportWriter(output);
    case "table": {
      const { analysisTableWriter } = await import("../render/analysis-table.ts");
      return analysisTableWriter(output, { style, columns, quiet });
    }
    case "markdown":
      return (await import("../render/markdown-writer.ts")).markdownWriter(output, { asOf, quiet });
    case "html":
      return (await import("../render/html-writer.ts")).htmlWriter(output, { asOf, quiet });
    case "sarif":
      return (await import("../render/sarif-writer.ts")).sarifWriter(output, { asOf, failOn });
    case "junit":
      return (await import("../render/junit-writer.ts")).junitWriter(output, failOn);
    default:
      return format satisfies never;
  }
}

/** Formats that say what to do next. */
function isForPeople(format: ReportFormat): boolean {
  return format === "table" || format === "markdown" || format === "html";
}

/** What a run is asked for besides its inputs; null what it is not. */
interface Asked {
  readonly clusters: ClusterTeller | null;
  readonly baseline: Baseline | null;
}

/** Inputs that could not be read, of which each gets a line on standard error. */
const MAX_COMPLAINTS = 20;

/** What is known of a run so far, and where it is told. */
class Run {
  readonly #options: AnalyzeOptions;
  readonly #context: CommandContext;
  readonly #writer: ReportWriter;
  readonly #output: Output;
  readonly #counter = new SummaryCounter();
  readonly #timelines = new TimelineCollector();
  readonly #toldRemotes = new ToldRemotes();
  readonly #asked: Asked;
  #worst: Severity | null = null;
  #inputFailed = false;
  #hasDefect = false;
  #adviceLeft: number;
  /** Of the folder that is being read: how many inputs some format claims. */
  #claimed = 0;
  #complaints = 0;

  constructor(
    options: AnalyzeOptions,
    context: CommandContext,
    writer: ReportWriter,
    output: Output,
    asked: Asked,
  ) {
    this.#asked = asked;
    this.#options = options;
    this.#context = context;
    this.#writer = writer;
    this.#output = output;
    this.#adviceLeft = isForPeople(options.format) && !options.quiet ? MAX_ADVISED_INPUTS : 0;
  }

  get summary(): Summary {
    return this.#counter.summary;
  }

  /** Advice is for the first inputs that need one; the others need the like. */
  readonly wantsAdvice = (): boolean => this.#adviceLeft > 0;

  /** Counts what was written before. */
  count({ tally, error }: Pick<Outcome, "tally" | "error">): void {
    this.#counter.merge(tally.summary);
    this.#inputFailed ||= tally.failed;
    this.#hasDefect ||= error?.code === "defect";
    this.#worst = worse(this.#worst, tally.worst);
    if (tally.isClaimed) this.#claimed++;
  }

  async add(judgedOutcome: Outcome, task: Task): Promise<void> {
    const outcome = this.#compared(judgedOutcome, task);
    this.count(outcome);
    const { path, error, judged, line } = outcome;
    const isRepeated = this.#toldRemotes.isRepeated(path, error);
    const tally = isRepeated ? { ...outcome.tally, failed: false } : outcome.tally;
    if (tally.failed && error !== null) this.#complain(path, error.message);
    if (line !== null) await this.#output.write(line);
    if (judged === null) return;
    if (this.#hasEnding()) {
      this.#asked.clusters?.add(judged);
      this.#timelines.add(judged);
    }
    const told = await this.#told(judged);
    const advice = this.wantsAdvice() ? told.advice : [];
    if (advice.some(({ kind }) => kind !== "nothing")) this.#adviceLeft--;
    await this.#writer.input({ ...told, advice, tally });
  }

  /** The report has all of them; a screen is for the first. */
  #complain(path: string, message: string): void {
    if (++this.#complaints > MAX_COMPLAINTS) return;
    this.#context.complain(`${printable(path)}: ${printable(message)}`);
  }

  /** Whether more is told than one element after the other. */
  #hasEnding(): boolean {
    return this.#options.format !== "ndjson";
  }

  /** With what it came to since the baseline. */
  #compared(outcome: Outcome, task: Task): Outcome {
    const { baseline } = this.#asked;
    if (baseline === null || outcome.judged === null) return outcome;
    const judged = baseline.compare(outcome.judged, task);
    const tally = { ...outcome.tally, worst: judged.tally.worst };
    return { ...outcome, judged, tally };
  }

  /** Of what is compared with a baseline, the reports for programs have all, every other one what changed. */
  async #told(judged: JudgedInput): Promise<JudgedInput> {
    const { format } = this.#options;
    if (this.#asked.baseline === null || format === "json" || format === "ndjson") return judged;
    const { onlyChanged, onlyNewFindings } = await import("../baseline.ts");
    return isForPeople(format) ? onlyChanged(judged) : onlyNewFindings(judged);
  }

  /** A folder in which nothing was recognised was named wrongly. One part of a run cannot know that. */
  async endFolder(task: Extract<Task, { kind: "folder-end" }>): Promise<void> {
    if (this.leaveFolder() > 0) return;
    const { path, place, files } = task;
    const outcome = outcomeOf(errorInput(path, place, noDumps(files)));
    const failed = this.#options.shard === null;
    await this.add({ ...outcome, tally: { ...outcome.tally, failed } }, task);
    this.leaveFolder();
  }

  /** How many inputs of the folder some format claims. */
  leaveFolder(): number {
    const claimed = this.#claimed;
    this.#claimed = 0;
    return claimed;
  }

  async end(): Promise<void> {
    const more = this.#complaints - MAX_COMPLAINTS;
    if (more > 0) this.#context.complain(`${more} more inputs could not be read; the report names each.`);
    const { clusters, baseline } = this.#asked;
    const isCompared = baseline !== null && this.#options.format !== "json";
    const timelines = isCompared ? [] : await withChanges(this.#timelines.timelines());
    await this.#writer.end(this.summary, timelines, {
      ...(clusters === null ? {} : { clusters: clusters.clusters() }),
      ...(baseline === null ? {} : { baseline: baseline.report() }),
    });
  }

  exitCode(): ExitCode {
    const tally = { inputFailed: this.#inputFailed, worst: this.#worst, hasDefect: this.#hasDefect };
    return exitCode(tally, this.#options.failOn);
  }
}
