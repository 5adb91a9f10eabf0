/** What a report says at its end: totals, machines, timelines, next steps. */
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { MAX_ADVISED_INPUTS } from "../../report/advice.ts";
import { isOfMachine, MachineCounter } from "../../report/machines.ts";
import { needsOfInput } from "../../report/remedies/collector.ts";
import { NextStepsBuilder } from "../../report/remedies/next-steps.ts";
import { ProductsByPlace } from "../../report/remedies/products-by-place.ts";
import type { InputTally, JudgedInput } from "../../report/render/report-writer.ts";
import { type RunSummary, type Summary, SummaryCounter } from "../../report/summary.ts";
import { type TimelineReport, timelineReport } from "../../report/timeline/report.ts";
import type { World } from "../world.ts";
import { NewestPools } from "./newest-pools.ts";
import { type NewestCopy, type PlacedCopies, TimelineCollector, withChanges } from "./timelines.ts";

/** Counts for the folder that is being read: inputs in a known format, and files of other hypervisors. */
export interface FolderCount {
  readonly claimed: number;
  readonly foreign: number;
}

/** Takes every judged input of a run, in order. */
export class RunTotals {
  readonly #world: World;
  readonly #counter = new SummaryCounter();
  readonly #timelines: TimelineCollector;
  readonly #pools = new NewestPools();
  readonly #machines = new MachineCounter(PARSER_LIMITS.maxMachines);
  /** Null where no next steps are printed. */
  readonly #steps: NextStepsBuilder | null;
  #inputs = 0;
  #adviceLeft: number;
  readonly #products = new ProductsByPlace();
  #folder: FolderCount = { claimed: 0, foreign: 0 };

  /** `call`: how to call varscope in the commands of next steps; null where none are printed. */
  constructor(world: World, call: string | null) {
    this.#world = world;
    this.#timelines = new TimelineCollector(world);
    this.#steps = call === null ? null : new NextStepsBuilder(call);
    this.#adviceLeft = call === null ? 0 : MAX_ADVISED_INPUTS;
  }

  get summary(): Summary {
    return this.#counter.summary;
  }

  /** True as long as repairs are tried to give advice: only for the first inputs that need one. */
  get wantsAdvice(): boolean {
    return this.#adviceLeft > 0;
  }

  count({ summary, isClaimed, isForeign }: InputTally): void {
    this.#counter.merge(summary);
    const { claimed, foreign } = this.#folder;
    this.#folder = { claimed: claimed + (isClaimed ? 1 : 0), foreign: foreign + (isForeign ? 1 : 0) };
  }

  /** Counts copies. Those of backups are kept for their timelines, which are made at the end. */
  addCopies(judged: JudgedInput, { machines }: InputTally): PlacedCopies {
    const placed = this.#timelines.add(judged);
    const { isExport, unplaced } = placed;
    const { path } = judged.report;
    if (!isExport && !this.#pools.takes(path, machines)) this.#machines.merge(machines);
    for (const copy of unplaced) if (isOfMachine(copy)) this.#machines.addCopy(copy);
    return placed;
  }

  /** Collects what next steps need. Called with the input as the report shows it, so filtered. */
  addNeeds({ report, texts, advice, tally }: JudgedInput): void {
    const input = this.#inputs++;
    const isAdvised = this.wantsAdvice && (texts?.advised ?? null) !== null;
    if (this.#steps !== null) {
      const ofCopies = texts === undefined ? null : isAdvised ? texts.advised : texts.needs;
      const isTold = tally.failed || (tally.isForeign && report.vms.length > 0);
      const needs = needsOfInput(report, advice, isTold, ofCopies);
      const products = this.#products.of(report);
      this.#steps.add({ input, path: report.path, format: report.format, needs, products });
    }
    if (isAdvised || advice.some(({ kind }) => kind !== "nothing")) this.#adviceLeft--;
  }

  /** Counts of the folder that ends here; starts again for the next one. */
  leaveFolder(): FolderCount {
    const left = this.#folder;
    this.#folder = { claimed: 0, foreign: 0 };
    return left;
  }

  /** How many copies are in no timeline, because there are too many. */
  get timelineCopiesLeftOut(): number {
    return this.#timelines.leftOut;
  }

  /** The timelines. Reads two NVRAMs of each again to compare them, unless the inputs come from a saved report. */
  async timelines(isSaved = false): Promise<TimelineReport[]> {
    const timelines = this.#timelines.timelines();
    return isSaved
      ? timelines.map((timeline) => timelineReport(timeline, null))
      : withChanges(timelines, this.#world);
  }

  /** For each VM, the copy that a restore of its newest backup takes. */
  newest(): Iterable<NewestCopy> {
    return this.#timelines.newest();
  }

  /** The summary, with the copies that the newest restores take. Call it once, at the end. */
  wholeSummary(): RunSummary {
    if (this.timelineCopiesLeftOut > 0) this.#machines.giveUp();
    for (const machines of this.#pools.tallies()) this.#machines.merge(machines);
    for (const copy of this.#timelines.newest()) this.#machines.addCopy(copy);
    return { ...this.summary, ...this.#machines.counts };
  }

  nextSteps(timelines: readonly TimelineReport[]): ReturnType<NextStepsBuilder["end"]> | null {
    return this.#steps?.end(timelines) ?? null;
  }
}
