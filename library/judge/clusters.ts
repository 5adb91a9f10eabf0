/** `analyze --group`: what travels with each judged copy, and what is said of the clusters in the end. */
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { type Advice, adviceFor } from "../../report/advice.ts";
import { causeOf } from "../../report/clusters/cause.ts";
import {
  ClusterCollector,
  type Clustered,
  type ClusteredCopy,
  kindKey,
  type NotedCopy,
} from "../../report/clusters/collector.ts";
import { type CopyOrigin, originOf } from "../../report/clusters/origin.ts";
import { type Step, stepsOfCopy } from "../../report/remedies/one-copy.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { briefCopies, type JudgedInput } from "../../report/render/report-writer.ts";
import { shellPath } from "../../report/render/shell.ts";
import { VERDICTS } from "../../report/render/verdicts.ts";
import type { ToldCluster } from "../../report/report.ts";
import type { BriefCopy } from "../../report/vm.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import type { VmAnalysis } from "../../rules/engine/rule.ts";

/** Kinds of copies that were met, so that a repair is tried out for the first of each only. One for each thread. */
export class SeenKinds {
  readonly #seen = new Set<string>();

  /**
   * True once for each kind, for as many kinds as a run tells apart. Whoever judges in the order of the inputs has met no
   * kind that the run has not, so that the first copy of all is always among those that were tried out.
   */
  isFirst(key: string): boolean {
    if (this.#seen.has(key) || this.#seen.size >= PARSER_LIMITS.maxClusters) return false;
    this.#seen.add(key);
    return true;
  }
}

/** Sees the copies of one file before their elements come, and lets each element carry the origins of its own. */
export class OriginWatcher {
  readonly #origins = new WeakMap<BriefCopy, CopyOrigin<Advice>>();
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
      return this.#seen.isFirst(key) ? { note: adviceFor(analysis, this.#settings) } : null;
    };
    this.#origins.set(copy, originOf(analysis.vm, this.#settings, firstNote));
  };

  attach(judged: JudgedInput): JudgedInput {
    const origins = briefCopies(judged).flatMap((copy) => this.#origins.get(copy) ?? []);
    return { ...judged, origins };
  }
}

export class ClusterTeller {
  readonly #collector = new ClusterCollector<Advice>();

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

/** The template first: what is repaired before comes back with the next VM that is made from it. */
function stepsFor({ report, first, template }: Clustered<Advice>): Step[] {
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
  { baseTemplateName, templates, vms }: Clustered<Advice>["report"],
  template: NotedCopy<Advice> | null,
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

/** Built-in templates hold no NVRAM, and are not told one by one; which one it is only the host knows. */
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
  { copies }: Clustered<Advice>["report"],
  { copy, note }: NotedCopy<Advice>,
  isSecond: boolean,
): Step[] {
  const [step] = note === null ? [] : repairSteps(copy, note);
  if (step === undefined) return [];
  const others = copies - 1;
  const which = others === 1 ? "other copy needs" : `other ${others} copies need`;
  const likewise = others === 0 ? "" : ` The ${which} the like.`;
  const then = isSecond ? "Then " : "";
  return [{ ...step, text: `${then}${nameOf(copy)}: ${step.text}${likewise}` }];
}

/** Of this copy alone, where its input holds others. */
function repairSteps({ path, format, ...vm }: ClusteredCopy, advice: Advice): Step[] {
  const [first, ...others] = stepsOfCopy({ path, format, ...vm }, advice);
  if (first === undefined) return [];
  const isOnlyOne = vm.uuid === null || advice.kind !== "repair";
  const commands = first.commands.map((command) =>
    isOnlyOne || command.includes(" --vm ") ? command : `${command} --vm ${shellPath(vm.uuid ?? "")}`,
  );
  return [{ ...first, commands }, ...others];
}

const MAX_NAME = 60;

function nameOf({ nameLabel, uuid, path }: ClusteredCopy): string {
  return clip(printable(nameLabel ?? uuid ?? path), MAX_NAME);
}
