/** The results for the copies of one input; the copies themselves are not kept in memory. */
import type { VmSource } from "../../parsers/model.ts";
import { type Advice, Adviser } from "../../report/advice.ts";
import { type BootReport, judgedBootOf } from "../../report/boot.ts";
import type { detailOf } from "../../report/detail/detail.ts";
import type { FindingFilter } from "../../report/filter/filter.ts";
import { NeedCollector } from "../../report/remedies/collector.ts";
import { copyText, type TextForm } from "../../report/render/element-text.ts";
import type { CopyTexts } from "../../report/render/report-writer.ts";
import { briefCopy } from "../../report/render/space-variables.ts";
import type { Room, Spool } from "../../report/render/spool.ts";
import { TallyCounter } from "../../report/tally.ts";
import { type CopyTime, copyTimeOf } from "../../report/timeline/copy-time.ts";
import { type BriefCopy, type VmReport, vmReport } from "../../report/vm.ts";
import type { JudgedBoot } from "../../rules/boot/judged-boot.ts";
import { analyzeVmsInTurn } from "../../rules/engine/analyze.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import type { VmAnalysis } from "../../rules/engine/rule.ts";
import { type Beside, SeenBackups } from "./seen-backups.ts";

/**
 * How results are kept until the report is written: `whole`; `brief`, with only what reports for people and CI show; or, for
 * copies that come one by one, as finished text.
 */
export type CopyForm = "whole" | "brief" | TextForm;

/** What is worked out for a copy besides its judgement. */
export interface Wanted {
  /** Try a repair, and say what it would do. */
  readonly advice: boolean;
  /** Data of pictures: for every copy, or for this many of the copies that the report shows in full. */
  readonly detail: "all" | number;
}

export const NOTHING_MORE: Wanted = { advice: false, detail: 0 };

export interface CopiesOptions {
  readonly wanted: Wanted;
  /** Makes the data of pictures; null where this run draws none. */
  readonly detailOf: typeof detailOf | null;
  /** True where the input is an export that belongs to a backup, as other files show. */
  readonly isExport: boolean;
  readonly form: CopyForm;
  /** As `Beside` of seen-backups.ts. */
  readonly beside: Beside;
  /** Which findings are shown; null for all. */
  readonly filter?: FindingFilter | null;
  /**
   * Sees each copy before its element comes, with what stands for it there (`briefCopies`): elements of an archive come in another
   * order than their copies were judged. Whoever watches asks for the copies in brief, too.
   */
  readonly watch: ((analysis: VmAnalysis, copy: BriefCopy) => void) | undefined;
}

/** Answers of `--boot` for the copies whose disks were read. */
type Boots = ReadonlyMap<VmSource, BootReport>;

export class JudgedCopies {
  readonly vms: VmReport[] = [];
  readonly advice: Advice[] = [];
  readonly digests: (string | null)[] = [];
  readonly times: (CopyTime | null)[] = [];
  readonly tally: TallyCounter = new TallyCounter();
  /** Finished texts in place of `vms`, for copies that came one by one. */
  texts: (CopyTexts & { readonly json: Spool; readonly copies: BriefCopy[]; count: number }) | null = null;
  readonly backups: SeenBackups;
  readonly #settings: RepairSettings;
  readonly #options: CopiesOptions;
  readonly #room: Room;
  readonly #adviser: Adviser;
  readonly #needs = new NeedCollector();
  readonly #advised = new NeedCollector();
  #isAdvised = false;
  #picturesLeft: number;

  constructor(settings: RepairSettings, options: CopiesOptions, room: Room) {
    const { detail } = options.wanted;
    this.#picturesLeft = detail === "all" ? Number.POSITIVE_INFINITY : detail;
    this.#settings = settings;
    this.#options = options;
    this.backups = new SeenBackups(options.beside);
    this.#room = room;
    this.#adviser = new Adviser(settings);
  }

  /** Judges copies. `path`: that of their input. All copies of one VM must come in one call, as rules compare them. */
  add(vms: readonly VmSource[], path: string, boots: Boots | null = null): void {
    for (const analysis of this.#judge(vms, boots)) {
      const { form, wanted } = this.#options;
      const advice = this.#adviceFor(analysis);
      const boot = boots?.get(analysis.vm) ?? null;
      const report = this.#reportOf(analysis, this.vms.length, advice, path, boot);
      this.#addTime(analysis.vm, report, copyTimeOf(analysis.vm, this.vms.length));
      const kept = form === "brief" ? briefCopy(report) : report;
      this.vms.push(kept);
      this.#options.watch?.(analysis, kept);
      if (wanted.advice && advice !== null) this.advice.push(advice);
    }
  }

  /** The same for copies that come one by one: a copy leaves memory as soon as its text is made. */
  addStreamed(vms: readonly VmSource[], path: string, boots: Boots | null = null): void {
    const { form } = this.#options;
    if (form === "whole" || form === "brief") this.add(vms, path, boots);
    else
      for (const analysis of this.#judge(vms, boots))
        this.#addText(analysis, form, path, boots?.get(analysis.vm) ?? null);
  }

  #judge(vms: readonly VmSource[], boots: Boots | null = null): Iterable<VmAnalysis> {
    const judged = new Map<VmSource, JudgedBoot>();
    for (const [vm, boot] of boots ?? []) {
      const facts = boot.error === null ? judgedBootOf(boot, vm.secureBoot) : null;
      if (facts !== null) judged.set(vm, facts);
    }
    return analyzeVmsInTurn(vms, this.#settings.rules, this.#settings, judged);
  }

  #addText(analysis: VmAnalysis, form: TextForm, path: string, boot: BootReport | null): void {
    this.texts ??= { json: this.#room.newSpool(), copies: [], count: 0, needs: [], advised: null };
    const { json, copies, count } = this.texts;
    const advice = this.#adviceFor(analysis);
    const report = this.#reportOf(analysis, count, advice, path, boot);
    json.append(copyText(report, count, form));
    this.#addNeeds(report, count, advice);
    this.texts.count++;
    // Timelines need copies of backups and others with a time; clusters need all copies.
    const time = copyTimeOf(analysis.vm, count);
    if (report.backup === null && time === null && this.#options.watch === undefined) return;
    const kept = inBrief(report);
    copies.push(kept);
    this.#options.watch?.(analysis, kept);
    this.#addTime(analysis.vm, report, time);
  }

  #addTime(vm: VmSource, report: VmReport, time: CopyTime | null): void {
    this.times.push(time);
    this.digests.push(this.#digestOf(vm, report, time));
  }

  /** Null where no next steps are printed. */
  #adviceFor(analysis: VmAnalysis): Advice | null {
    const { advice } = this.#options.wanted;
    return advice || this.#wantsDetail(analysis) ? this.#adviser.adviceFor(analysis) : null;
  }

  #wantsDetail({ verdict, findings }: VmAnalysis): boolean {
    const { detail } = this.#options.wanted;
    if (this.#options.detailOf === null) return false;
    return detail === "all" || (this.#picturesLeft > 0 && (findings.length > 0 || isBroken(verdict)));
  }

  #reportOf(
    analysis: VmAnalysis,
    index: number,
    advice: Advice | null,
    path: string,
    boot: BootReport | null = null,
  ): VmReport {
    const restorable = this.backups.restorableOf(analysis.vm);
    const judged = vmReport(analysis, index, this.#settings.platform, restorable);
    const whole = boot === null ? judged : { ...judged, boot };
    const report = this.#options.filter?.copy(whole, path) ?? whole;
    this.tally.addCopy(report);
    const { detailOf: make } = this.#options;
    if (make === null || advice === null || !this.#wantsDetail(analysis)) return report;
    this.#picturesLeft--;
    return { ...report, detail: make(analysis, index, advice, this.#settings) };
  }

  /** Collects what the next steps need, also for a copy that is kept as text only. */
  #addNeeds(report: VmReport, index: number, advice: Advice | null): void {
    const { form, wanted } = this.#options;
    if (form === "line") return;
    this.#needs.addCopy(report, index, null);
    if (!wanted.advice || advice === null) return;
    this.#isAdvised ||= advice.kind !== "nothing";
    this.#advised.addCopy(report, index, advice);
  }

  /** What the copies in `texts` need for their next steps: without the outcome of repairs, and with it (null where no repair was tried). */
  get needs(): Pick<CopyTexts, "needs" | "advised"> {
    return { needs: this.#needs.needs, advised: this.#isAdvised ? this.#advised.needs : null };
  }

  #digestOf({ backup, nvram: read }: VmSource, { nvram }: VmReport, time: CopyTime | null): string | null {
    const isAskedFor = backup !== undefined || time !== null || this.#options.isExport;
    return isAskedFor && (read?.blob ?? null) !== null ? (nvram?.sha256 ?? null) : null;
  }
}

function isBroken(verdict: VmAnalysis["verdict"]): boolean {
  return verdict === "unbootable" || verdict === "unreadable";
}

function inBrief({ uuid, nameLabel, kind, source, backup, verdict, findings }: VmReport): BriefCopy {
  const brief = findings.map(({ ruleId, severity, breaks }) => ({ ruleId, severity, breaks }));
  return { uuid, nameLabel, kind, source, backup, verdict, findings: brief };
}
