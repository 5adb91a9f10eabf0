/** A run of `analyze`: collects its results and writes its report. */

import { nodeWorld } from "../../cli/io/world.ts";
import type { Baseline } from "../../library/judge/baseline.ts";
import type { ClusterTeller } from "../../library/judge/clusters.ts";
import { noDumps } from "../../library/judge/folder.ts";
import { errorInput } from "../../library/judge/judge.ts";
import type { Wanted } from "../../library/judge/judged-copies.ts";
import { type Outcome, outcomeOf } from "../../library/judge/outcome.ts";
import { RunCauses } from "../../library/judge/run-causes.ts";
import { type FolderCount, RunTotals } from "../../library/judge/run-totals.ts";
import type { Task } from "../../library/judge/task.ts";
import { ToldRemotes } from "../../library/judge/told-remotes.ts";
import type { BaselineReport } from "../../report/baseline/report.ts";
import { type ExitCode, exitCode, worse } from "../../report/exit-codes.ts";
import { type FilterSettings, IgnoredCounter } from "../../report/filter/filter.ts";
import { Loud } from "../../report/filter/loud.ts";
import {
  expiredSentences,
  type IgnoredReport,
  ignoredReport,
  ignoredSentence,
  unusedSentence,
} from "../../report/filter/report.ts";
import { programCall } from "../../report/program-call.ts";
import { hasPictures, isRenderFormat, RENDERERS } from "../../report/render/index.ts";
import type { Output } from "../../report/render/output.ts";
import { printable } from "../../report/render/printable.ts";
import type { JudgedInput, ReportWriter } from "../../report/render/report-writer.ts";
import type { Summary } from "../../report/summary.ts";
import { MAX_DRAWN_COPIES, MAX_PICTURED_COPIES } from "../../report/told-in-full.ts";
import { TOOL } from "../../report/tool.ts";
import { foreignName } from "../../report/unclaimed.ts";
import type { Severity } from "../../rules/engine/rule.ts";
import type { CommandContext } from "../context.ts";
import type { AnalyzeOptions, ReportFormat } from "../options.ts";

/** Formats that say what to do next. */
function isForPeople(format: ReportFormat): boolean {
  return format === "table" || (isRenderFormat(format) && RENDERERS[format].isForPeople);
}

/** Lines are inputs and nothing else; SARIF and JUnit have no place for steps. */
function hasNextSteps(format: ReportFormat): boolean {
  return isForPeople(format) || format === "json";
}

/** A report for programs, which has everything. */
function isWhole(format: ReportFormat): boolean {
  return format === "json" || format === "ndjson";
}

async function onlyChanges(judged: JudgedInput, format: ReportFormat): Promise<JudgedInput> {
  const { onlyChanged, onlyNewFindings } = await import("../../library/judge/baseline.ts");
  return isForPeople(format) ? onlyChanged(judged) : onlyNewFindings(judged);
}

/** What a run is asked for besides its inputs; null what it is not. */
export interface Asked {
  readonly clusters: ClusterTeller | null;
  readonly baseline: Baseline | null;
  readonly filter: FilterSettings | null;
  /** The inputs are those of a saved report: nothing is read again. */
  readonly isSaved?: boolean;
}

/** What a run asks of the options of its command. */
type RunSettings = Pick<AnalyzeOptions, "format" | "quiet" | "failOn" | "shard" | "pictures">;

/** Inputs that could not be read, or not as a whole, of which each gets a line on standard error. */
const MAX_COMPLAINTS = 20;
/** Files of a folder that other hypervisors keep. */
const MAX_FOREIGN = 5;

/** One run: its results so far, and the writer of its report. */
export class Run {
  readonly #options: RunSettings;
  readonly #context: CommandContext;
  readonly #writer: ReportWriter;
  readonly #output: Output;
  readonly #totals: RunTotals;
  readonly #toldRemotes = new ToldRemotes(nodeWorld);
  /** Null where no next steps are printed. */
  readonly #causes: RunCauses | null;
  readonly #asked: Asked;
  /** Chooses what is shown with `--quiet`; null without it. */
  readonly #loud: Loud | null;
  readonly #ignored = new IgnoredCounter();
  /** Places of entries of the ignore file; null where something of the run was seen by another one. */
  #matchedEntries: Set<number> | null;
  #worst: Severity | null = null;
  #inputFailed = false;
  #hasDefect = false;
  #detailLeft: number = MAX_DRAWN_COPIES;
  #complaints = 0;
  #foreign = 0;

  constructor(
    options: RunSettings,
    context: CommandContext,
    writer: ReportWriter,
    output: Output,
    asked: Asked,
  ) {
    this.#asked = asked;
    this.#matchedEntries = options.shard === null ? new Set() : null;
    this.#options = options;
    this.#context = context;
    this.#writer = writer;
    this.#output = output;
    this.#causes = isForPeople(options.format) ? new RunCauses() : null;
    this.#loud = options.quiet && isForPeople(options.format) ? new Loud(options.failOn) : null;
    const isTold = hasNextSteps(options.format) && !(options.quiet && isForPeople(options.format));
    // A report for programs is the same however this one is called.
    const call = options.format === "json" ? TOOL.name : programCall();
    this.#totals = new RunTotals(nodeWorld, isTold ? call : null);
  }

  get summary(): Summary {
    return this.#totals.summary;
  }

  /** Advice is for the first inputs that need one, pictures for the first copies that have findings; the others need the like. */
  readonly wanted = (): Wanted => ({ advice: this.#totals.wantsAdvice, detail: this.#wantedDetail() });

  #wantedDetail(): Wanted["detail"] {
    const { format, pictures } = this.#options;
    if (pictures) return "all";
    if (!hasPictures(format) || this.#detailLeft <= 0) return 0;
    const mayLeaveOut = this.#loud !== null || this.#asked.baseline !== null;
    return mayLeaveOut ? MAX_PICTURED_COPIES : this.#detailLeft;
  }

  /** Counts what was written before. */
  count(outcome: Pick<Outcome, "tally" | "error">): void {
    this.#matchedEntries = null;
    this.#count(outcome);
  }

  #count({ tally, error }: Pick<Outcome, "tally" | "error">): void {
    this.#totals.count(tally);
    this.#inputFailed ||= tally.failed;
    this.#hasDefect ||= error?.code === "defect";
    this.#worst = worse(this.#worst, tally.worst);
    this.#ignored.merge(tally.ignored);
  }

  async add(judgedOutcome: Outcome, task: Task): Promise<void> {
    const outcome = this.#compared(judgedOutcome, task);
    this.#count(outcome);
    const { path, error, judged, line, matchedEntries = [] } = outcome;
    for (const index of matchedEntries) this.#matchedEntries?.add(index);
    const isRepeated = this.#toldRemotes.isRepeated(path, error);
    const tally = isRepeated ? { ...outcome.tally, failed: false } : outcome.tally;
    if (tally.failed && error !== null && this.#asked.isSaved !== true) this.#complain(path, error.message);
    const { duplicates = 0 } = tally;
    if (duplicates > 0 && this.#asked.isSaved !== true)
      this.#complain(
        path,
        `${duplicates} ${duplicates === 1 ? "member has" : "members have"} the name of an earlier one. Judged is the first of each name; tar and most other programs give the last. Unpack it, and analyze each.`,
      );
    // Reports for people have a section of them.
    const isTold = isForPeople(this.#options.format) || this.#asked.isSaved === true;
    const foreign = isTold || !tally.isForeign ? null : foreignName(error);
    if (foreign !== null && ++this.#foreign <= MAX_FOREIGN)
      this.#context.complain(`${printable(path)}: no dump, but ${printable(foreign)}: nothing to import.`);
    if (line !== null) await this.#output.write(line);
    if (judged === null) return;
    const isAdvised = this.wanted().advice;
    if (this.#hasEnding()) {
      this.#asked.clusters?.add(judged);
      const placed = this.#totals.addCopies(judged, outcome.tally);
      this.#causes?.add({ ...judged, advice: isAdvised ? judged.advice : [] }, placed);
    }
    const shown = await this.#shown(judged);
    const advice = isAdvised ? shown.advice : [];
    this.#totals.addNeeds({ ...shown, advice, tally });
    await this.#writer.input({ ...this.#withDetailLeft(shown), advice, tally });
  }

  /** Threads judge ahead: what they made more of than is wanted goes, so that every number of them gives the same report. */
  #withDetailLeft(shown: JudgedInput): JudgedInput {
    if (!hasPictures(this.#options.format)) return shown;
    const vms = shown.report.vms.map(({ detail, ...vm }) => {
      const isLeft = detail !== undefined && this.#detailLeft-- > 0;
      return isLeft ? { ...vm, detail } : vm;
    });
    return { ...shown, report: { ...shown.report, vms } };
  }

  /** The report has all of them; a screen is for the first. */
  #complain(path: string, message: string): void {
    if (++this.#complaints > MAX_COMPLAINTS) return;
    this.#context.complain(`${printable(path)}: ${printable(message)}`);
  }

  /** True where the report has more than one element after the other. */
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

  /** The part of an input that the report shows: with `--baseline` only what changed, but everything in formats for programs. */
  async #shown(judged: JudgedInput): Promise<JudgedInput> {
    const { format } = this.#options;
    const changed =
      this.#asked.baseline === null || isWhole(format) ? judged : await onlyChanges(judged, format);
    return this.#loud?.only(changed) ?? changed;
  }

  /** Reports a folder in which nothing was recognised: its name is taken for a mistake. With `--shard` that is not known, and no failure. */
  async endFolder(task: Extract<Task, { kind: "folder-end" }>): Promise<void> {
    const { claimed, foreign } = this.leaveFolder();
    if (claimed > 0) return;
    const { path, place, files } = task;
    const outcome = outcomeOf(errorInput(path, place, noDumps(files, foreign)));
    const failed = this.#options.shard === null;
    await this.add({ ...outcome, tally: { ...outcome.tally, failed } }, task);
    this.leaveFolder();
  }

  leaveFolder(): FolderCount {
    return this.#totals.leaveFolder();
  }

  async end(): Promise<void> {
    const more = this.#complaints - MAX_COMPLAINTS;
    if (more > 0) this.#context.complain(`${more} more inputs could not be read; the report names each.`);
    const foreign = this.#foreign - MAX_FOREIGN;
    if (foreign > 0) this.#context.complain(`${foreign} more files are of other hypervisors.`);
    const { clusters, baseline, filter } = this.#asked;
    const ignored =
      filter === null
        ? null
        : this.#tellIgnored(ignoredReport(filter, this.#ignored.tally, this.#matchedEntries));
    const isCompared = baseline !== null && this.#options.format !== "json";
    const timelines = isCompared ? [] : await this.#totals.timelines(this.#asked.isSaved === true);
    const leftOut = this.#totals.timelineCopiesLeftOut;
    const nextSteps = this.#totals.nextSteps(timelines);
    const since = baseline?.report();
    if (since !== undefined) await this.#tellGone(since);
    await this.#writer.end(this.#totals.wholeSummary(), this.#loud?.timelines(timelines) ?? timelines, {
      ...(leftOut === 0 ? {} : { timelineCopiesLeftOut: leftOut }),
      ...(clusters === null ? {} : { clusters: clusters.clusters() }),
      ...(since === undefined ? {} : { baseline: since }),
      ...(nextSteps === null ? {} : { nextSteps }),
      ...(ignored === null ? {} : { ignored }),
      ...(this.#causes === null || isCompared
        ? {}
        : { causes: this.#causes.causes(this.#totals.newest(), leftOut === 0) }),
    });
  }

  /** What is past its day is a warning of its own. Reports for programs may not be looked at: there it is said beside them. */
  #tellIgnored(ignored: IgnoredReport | null): IgnoredReport | null {
    if (ignored === null) return null;
    if (ignored.expired.length > 0) this.#worst = worse(this.#worst, "warning");
    for (const sentence of expiredSentences(ignored)) this.#context.complain(sentence);
    if (isForPeople(this.#options.format)) return ignored;
    for (const sentence of [unusedSentence(ignored), ignoredSentence(ignored)])
      if (sentence !== null) this.#context.complain(sentence);
    return ignored;
  }

  /** Lines are inputs and nothing else, and what CI and code scanning read has no place for what is not there. */
  async #tellGone(since: BaselineReport): Promise<void> {
    const { format } = this.#options;
    if (format === "json" || isForPeople(format)) return;
    const { goneLine } = await import("../../report/render/baseline-text.ts");
    const line = goneLine(since, format);
    if (line !== null) this.#context.complain(line);
  }

  exitCode(): ExitCode {
    // What could not be read then is no failure of now.
    const inputFailed = this.#inputFailed && this.#asked.isSaved !== true;
    const tally = { inputFailed, worst: this.#worst, hasDefect: this.#hasDefect };
    return exitCode(tally, this.#options.failOn);
  }
}
