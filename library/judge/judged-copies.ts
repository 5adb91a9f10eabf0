/** What the copies of one input come to; the copies themselves are not kept. */
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
 * How copies are kept until their report is written: whole, without what no report for people or CI tells, or, as far as
 * they come one by one, as text of this form alone.
 */
export type CopyForm = "whole" | "brief" | TextForm;

/** What is asked for of each copy beyond its judgement. */
export interface Wanted {
  /** What a repair would come to. */
  readonly advice: boolean;
  /** What pictures need: of every copy, or of so many of those that more than a line is told of. */
  readonly detail: "all" | number;
}

export const NOTHING_MORE: Wanted = { advice: false, detail: 0 };

export interface CopiesOptions {
  readonly wanted: Wanted;
  /** Makes the detail where it is wanted; null where no report of this run has any. */
  readonly detailOf: typeof detailOf | null;
  /** Whether the input is an export of a backup that only other files tell. */
  readonly isExport: boolean;
  readonly form: CopyForm;
  /** As that of SeenBackups. */
  readonly beside: Beside;
  /** What is told; null for all. */
  readonly filter?: FindingFilter | null;
  /**
   * Sees each copy before its element comes, with what stands for it there (`briefCopies`): elements of an archive come in another
   * order than their copies were judged. Whoever watches asks for the copies in brief, too.
   */
  readonly watch: ((analysis: VmAnalysis, copy: BriefCopy) => void) | undefined;
}

/** The starts of copies whose disks were read. */
type Boots = ReadonlyMap<VmSource, BootReport>;

export class JudgedCopies {
  readonly vms: VmReport[] = [];
  readonly advice: Advice[] = [];
  readonly digests: (string | null)[] = [];
  readonly times: (CopyTime | null)[] = [];
  readonly tally: TallyCounter = new TallyCounter();
  /** In place of `vms`, where the copies were streamed and their texts are all that is asked for. */
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

  /** `path` is that of their input. All copies that one VM has must come in one call: rules compare them. */
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

  /** The same for what is streamed: of an input with thousands of copies none stays in memory that is text already. */
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
    // Timelines ask for backups and what else tells a time, clusters for all.
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

  /** Null where nobody is told. */
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

  /** What is text by now is told what to do about all the same. */
  #addNeeds(report: VmReport, index: number, advice: Advice | null): void {
    const { form, wanted } = this.#options;
    if (form === "line") return;
    this.#needs.addCopy(report, index, null);
    if (!wanted.advice || advice === null) return;
    this.#isAdvised ||= advice.kind !== "nothing";
    this.#advised.addCopy(report, index, advice);
  }

  /** The copies of `texts` and what they need, without what repairs come to and with it; null where nobody tried. */
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
