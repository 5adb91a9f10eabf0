/** `analyze --group`: what is collected for each judged copy, and the clusters at the end of the run. */
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { adviceFor } from "../../report/advice.ts";
import { causeOf } from "../../report/clusters/cause.ts";
import {
  ClusterCollector,
  type Clustered,
  type ClusteredCopy,
  kindKey,
  type NotedCopy,
} from "../../report/clusters/collector.ts";
import { type CopyOrigin, originOf } from "../../report/clusters/origin.ts";
import { isCut } from "../../report/remedies/cut-copy.ts";
import { type CopyNote, noteOf, type Step, stepsOfCopy } from "../../report/remedies/one-copy.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { briefCopies, type JudgedInput } from "../../report/render/report-writer.ts";
import { shellPath } from "../../report/render/shell.ts";
import { VERDICTS } from "../../report/render/verdicts.ts";
import type { ToldCluster } from "../../report/report.ts";
import type { BriefCopy } from "../../report/vm.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import type { VmAnalysis } from "../../rules/engine/rule.ts";
import { variableRef } from "../../rules/engine/variable-ref.ts";

/** Remembers which kinds of copies came before, so that a repair is tried only for the first copy of a kind. One object for each thread. */
export class SeenKinds {
  readonly #seen = new Set<string>();

  /**
   * True at the first call for a kind, up to the number of kinds that a run distinguishes. A thread judges in the order of the
   * inputs, so the very first copy of a kind is always among those that are tried.
   */
  isFirst(key: string): boolean {
    if (this.#seen.has(key) || this.#seen.size >= PARSER_LIMITS.maxClusters) return false;
    this.#seen.add(key);
    return true;
  }
}

/** Collects the origins of the copies of one file, and gives them to the element that each copy belongs to. */
export class OriginWatcher {
  readonly #origins = new WeakMap<BriefCopy, CopyOrigin<CopyNote>>();
  readonly #seen: SeenKinds;
  readonly #settings: RepairSettings;

  constructor(seen: SeenKinds, settings: RepairSettings) {
    this.#seen = seen;
    this.#settings = settings;
  }

  readonly watch = (analysis: VmAnalysis, copy: BriefCopy): void => {
    const cause = causeOf(analysis);
    const firstNote = (keys: string | null, baseTemplateName: string | null) => {
      if (cause === null) return null;
      const key = kindKey(cause, { keys, baseTemplateName }, analysis.vm);
      return this.#seen.isFirst(key) ? { note: this.#noteOf(analysis) } : null;
    };
    this.#origins.set(copy, originOf(analysis.vm, this.#settings, firstNote));
  };

  #noteOf(analysis: VmAnalysis): CopyNote {
    const symptoms = analysis.findings.map(({ ruleId, facts, variable }) => ({
      ruleId,
      facts,
      variable: variable === null ? null : variableRef(variable),
    }));
    return noteOf(adviceFor(analysis, this.#settings), symptoms);
  }

  attach(judged: JudgedInput): JudgedInput {
    const origins = briefCopies(judged).flatMap((copy) => this.#origins.get(copy) ?? []);
    return { ...judged, origins };
  }
}

export class ClusterTeller {
  readonly #collector = new ClusterCollector<CopyNote>();

  add(judged: JudgedInput): void {
    const { report, origins } = judged;
    if (origins === undefined) return;
    this.#collector.add({ path: report.path, format: report.format, vms: briefCopies(judged) }, origins);
  }

  clusters(): ToldCluster[] {
    return this.#collector
      .clusters((verdict) => VERDICTS.indexOf(verdict))
      .map((clustered) => ({ ...clustered.report, next: stepsFor(clustered) }));
  }
}

/** Steps for a cluster. The template comes first: while it has the fault, each new VM made from it gets the fault again. */
function stepsFor({ report, first, template }: Clustered<CopyNote>): Step[] {
  if (report.isMixed) return [];
  const ofTemplate = templateSteps(report, template);
  const isTemplateItself = template !== null && isSameCopy(template.copy, first.copy);
  if (isTemplateItself && report.copies === 1) return ofTemplate;
  return [...ofTemplate, ...memberSteps(report, first, ofTemplate.length > 0)];
}

function isSameCopy(a: ClusteredCopy, b: ClusteredCopy): boolean {
  return a.path === b.path && a.uuid === b.uuid && a.source === b.source;
}

function templateSteps(
  { baseTemplateName, templates, vms }: Clustered<CopyNote>["report"],
  template: NotedCopy<CopyNote> | null,
): Step[] {
  if (baseTemplateName === null) return [];
  const [told] = templates;
  if (template === null || told === undefined) return vms < 2 ? [] : [absentTemplateStep(baseTemplateName)];
  if (template.note === null) return [];
  const name = nameOf(template.copy);
  return repairSteps(template.copy, template.note).map((step, i) =>
    i === 0
      ? { ...step, text: `First the template ${name}, since new VMs inherit what it holds. ${step.text}` }
      : step,
  );
}

/** The step for a template that is not among the inputs: only the host knows it. */
function absentTemplateStep(name: string): Step {
  return {
    text: `The template ${clip(printable(name), MAX_NAME)} is not among the inputs. If it is one of your own, new VMs inherit what it holds: look at it first. If it is a built-in one, these VMs got their certificates from the pool: look at those.`,
    commands: [
      `xe template-list ${shellPath(`name-label=${name}`)} params=uuid`,
      "xe template-param-get uuid=TEMPLATE_UUID param-name=NVRAM | varscope -",
    ],
  };
}

function memberSteps(
  { copies }: Clustered<CopyNote>["report"],
  { copy, note }: NotedCopy<CopyNote>,
  isSecond: boolean,
): Step[] {
  if (note === null) return [];
  const all = repairSteps(copy, note);
  // One step for many; what may be cut on its way is got again before that.
  const told = isCut(note) ? all : all.slice(0, 1);
  const others = copies - 1;
  const which = others === 1 ? "other copy needs" : `other ${others} copies need`;
  const likewise = others === 0 ? "" : ` The ${which} the like.`;
  const then = isSecond ? "Then " : "";
  return told.map(({ text, commands }, i) => ({
    text: `${i === 0 ? `${then}${nameOf(copy)}: ` : ""}${text}${i === told.length - 1 ? likewise : ""}`,
    commands,
  }));
}

/** Steps to repair this copy, and no other one of its input. */
function repairSteps({ path, format, ...vm }: ClusteredCopy, note: CopyNote): Step[] {
  const steps = stepsOfCopy({ path, format, ...vm }, note);
  if (vm.uuid === null || note.advice.kind !== "repair") return steps;
  const only = ` --vm ${shellPath(vm.uuid)}`;
  // The first of them: what writes a whole export has one VM to repair, or all.
  const first = steps.findIndex(({ commands }) => commands.some((command) => command.includes(" repair ")));
  return steps.map((step, i) =>
    i !== first
      ? step
      : {
          ...step,
          commands: step.commands.map((one) => (one.includes(" --vm ") ? one : `${one}${only}`)),
        },
  );
}

const MAX_NAME = 60;

function nameOf({ nameLabel, uuid, path }: ClusteredCopy): string {
  return clip(printable(nameLabel ?? uuid ?? path), MAX_NAME);
}
