/** Every input judged: what `varscope analyze --format json` says. */
import type { InputReport } from "../../report/input.ts";
import type { Cause } from "../../report/overview/causes.ts";
import { programCall } from "../../report/program-call.ts";
import type { JudgedInput } from "../../report/render/report-writer.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { MAX_DRAWN_COPIES } from "../../report/told-in-full.ts";
import { TOOL } from "../../report/tool.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import { TABLES_DATE } from "../../rules/knowledge/tables-date.ts";
import { noDumps } from "../judge/folder.ts";
import { defectOf, errorInput, judgeFile } from "../judge/judge.ts";
import type { Wanted } from "../judge/judged-copies.ts";
import { RunCauses } from "../judge/run-causes.ts";
import { RunTotals } from "../judge/run-totals.ts";
import { ToldRemotes } from "../judge/told-remotes.ts";
import type { Machine, World } from "../world.ts";
import { foldGuestFolders } from "./guest-folders.ts";
import { checkFlag, checkSignal, settingsOf } from "./settings.ts";
import { checkSource, type ReadCounts, worldOf } from "./sources.ts";
import type { AnalyzeOptions, Inputs, Report, Source } from "./types.ts";

export async function analyze(machine: Machine, inputs: Inputs, options: AnalyzeOptions): Promise<Report> {
  return (await analyzeForPeople(machine, inputs, options)).report;
}

/** A report, with what only reports for people show. */
export interface PeopleReport {
  readonly report: Report;
  /** Why VMs are not healthy; null where there are too many VMs to count. */
  readonly causes: readonly Cause[] | null;
}

export async function analyzeForPeople(
  machine: Machine,
  inputs: Inputs,
  options: AnalyzeOptions,
): Promise<PeopleReport> {
  const sources = await allOf(inputs);
  checkFlag("boot", options.boot ?? false);
  const settings = await settingsOf(machine, options);
  const counts: ReadCounts = new Map();
  const names = sources.map(({ name }) => name);
  const { paths, folders } =
    options.folder === undefined ? { paths: names, folders: undefined } : foldGuestFolders(names);
  const world = worldOf(machine, sources, { counts, folders, signal: options.signal });
  const run = new LibraryRun(world, settings, options);
  for (const [place, name] of paths.entries()) {
    await checkSignal(machine, options.signal);
    await run.read(name, place);
    await checkSignal(machine, options.signal);
    options.onInput?.({ name, bytesRead: counts.get(name) ?? 0 });
  }
  const report = await run.report(sources.length);
  return { report, causes: run.causes() };
}

async function allOf(inputs: Inputs): Promise<Source[]> {
  if (typeof inputs !== "object" || inputs === null)
    throw new TypeError("inputs are sources: { name, data }");
  if ("data" in inputs || "name" in inputs) return [checkSource(inputs as Source)];
  if (!(Symbol.iterator in inputs || Symbol.asyncIterator in inputs))
    throw new TypeError("inputs are a source, { name, data }, or several; found an object that is neither");
  const sources: Source[] = [];
  for await (const source of inputs) sources.push(checkSource(source));
  return sources;
}

class LibraryRun {
  readonly #world: World;
  readonly #settings: RepairSettings;
  readonly #options: AnalyzeOptions;
  readonly #totals: RunTotals;
  readonly #toldRemotes: ToldRemotes;
  readonly #causes = new RunCauses();
  readonly #reports: InputReport[] = [];
  #picturesLeft: number = MAX_DRAWN_COPIES;

  constructor(world: World, settings: RepairSettings, options: AnalyzeOptions) {
    this.#world = world;
    this.#settings = settings;
    this.#options = options;
    this.#totals = new RunTotals(world, programCall());
    this.#toldRemotes = new ToldRemotes(world);
  }

  async read(path: string, place: number): Promise<void> {
    const { folder, pictures = false, boot = false } = this.#options;
    const isNamed = folder === undefined;
    const task = { kind: "file", place, path, below: path, isNamed, error: null } as const;
    const detailOf = pictures ? (await import("../../report/detail/detail.ts")).detailOf : null;
    const wanted = { advice: this.#totals.wantsAdvice, detail: this.#wantedDetail(pictures) } as const;
    try {
      const judging = { wanted, detailOf, form: "whole", watch: undefined, boot } as const;
      for await (const judged of judgeFile(task, this.#settings, this.#world, judging)) this.#add(judged);
    } catch (thrown) {
      this.#add(errorInput(path, place, defectOf(thrown)));
    }
  }

  #add(judged: JudgedInput): void {
    const { report, tally } = judged;
    this.#totals.count(tally);
    const placed = this.#totals.addCopies(judged, tally);
    const isRepeated = this.#toldRemotes.isRepeated(report.path, report.error);
    const advice = this.#totals.wantsAdvice ? judged.advice : [];
    this.#causes.add({ ...judged, advice }, placed);
    this.#totals.addNeeds({ ...judged, advice, tally: isRepeated ? { ...tally, failed: false } : tally });
    this.#reports.push(this.#options.pictures === "told" ? this.#withFewPictures(report) : report);
  }

  #wantedDetail(pictures: boolean | "told"): Wanted["detail"] {
    if (pictures === "told") return Math.max(0, this.#picturesLeft);
    return pictures ? "all" : 0;
  }

  #withFewPictures(report: InputReport): InputReport {
    const vms = report.vms.map((vm) => {
      const { detail, ...plain } = vm;
      return detail !== undefined && this.#picturesLeft-- <= 0 ? plain : vm;
    });
    return { ...report, vms };
  }

  /** After the report. */
  causes(): Cause[] | null {
    return this.#causes.causes(this.#totals.newest(), this.#totals.timelineCopiesLeftOut === 0);
  }

  async report(files: number): Promise<Report> {
    const { folder } = this.#options;
    const { claimed, foreign } = this.#totals.leaveFolder();
    if (folder !== undefined && claimed === 0) this.#add(errorInput(folder, files, noDumps(files, foreign)));
    const timelines = await this.#totals.timelines();
    const leftOut = this.#totals.timelineCopiesLeftOut;
    const nextSteps = this.#totals.nextSteps(timelines) ?? [];
    return {
      schemaVersion: SCHEMA_VERSION,
      tool: { ...TOOL, tables: TABLES_DATE },
      asOf: this.#settings.asOf,
      inputs: this.#reports,
      summary: this.#totals.wholeSummary(),
      timelines,
      ...(leftOut === 0 ? {} : { timelineCopiesLeftOut: leftOut }),
      nextSteps: nextSteps.map(({ names: _, ...told }) => told),
    };
  }
}
