/** Runs rules over one copy of an NVRAM and says its verdict. */

import { rememberedDatabase } from "../../parsers/efi/remembered-database.ts";
import type { SignatureDatabase } from "../../parsers/efi/signature-list.ts";
import type { HostHistory } from "../../parsers/host/history.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { CertificateSet, EfiVariable, Nvram, VmSource } from "../../parsers/model.ts";
import { oncePer } from "../../parsers/once-per.ts";
import type { Platform } from "../../parsers/platform.ts";
import { isResumeFile } from "../../parsers/suspend-image/copy.ts";
import { judgeLoad, judgeResume, type LoadVerdict } from "../../parsers/varstored-loader.ts";
import type { Knowledge } from "../knowledge/knowledge.ts";
import { type KeyState, keyStateOf } from "./key-state.ts";
import type { Detection, Finding, Rule, RuleContext, Verdict, VmAnalysis } from "./rule.ts";

export interface AnalysisSettings {
  readonly platform: Platform;
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  readonly knowledge: Knowledge;
}

/** Judges all copies that one input holds; each rule sees the other copies of its VM as `siblings`. */
export function analyzeVms(
  vms: readonly VmSource[],
  rules: readonly Rule[],
  settings: AnalysisSettings,
): VmAnalysis[] {
  const byUuid = new Map<string, VmSource[]>();
  for (const vm of vms) {
    if (vm.uuid === null) continue;
    const copies = byUuid.get(vm.uuid);
    if (copies === undefined) byUuid.set(vm.uuid, [vm]);
    else copies.push(vm);
  }
  return vms.map((vm) => {
    const copies = vm.uuid === null ? [] : (byUuid.get(vm.uuid) ?? []);
    // More of them are no copies of one VM, and each beside each other would take minutes.
    const isCrafted = copies.length > PARSER_LIMITS.maxCopiesOfVm;
    return analyzeVm(vm, rules, settings, isCrafted ? [] : copies.filter((copy) => copy !== vm));
  });
}

/** Judges one copy of an NVRAM. The findings stand in the order of `rules`. */
export function analyzeVm(
  vm: VmSource,
  rules: readonly Rule[],
  settings: AnalysisSettings,
  siblings: readonly VmSource[] = [],
): VmAnalysis {
  const context = contextOf(vm, settings, siblings);
  if (context === null) return { vm, load: null, verdict: "no-nvram", findings: [] };
  const { nvram, load } = context;
  const findings: Finding[] = [];
  for (const rule of rules) runRule(rule, context, findings);
  return { vm, load, verdict: verdictOf(nvram, load, findings), findings };
}

/** What rules and reasoning ask of one copy; null where the record has no NVRAM. */
export function contextOf(
  vm: VmSource,
  settings: AnalysisSettings,
  siblings: readonly VmSource[] = [],
): RuleContext | null {
  const { nvram } = vm;
  if (nvram === null) return null;
  const judge = isResumeFile(vm) ? judgeResume : judgeLoad;
  const load = nvram.daemonBytes === null ? null : judge(nvram.daemonBytes);
  return makeContext(vm, nvram, load, settings, siblings);
}

const databaseOf: (variable: EfiVariable, platform: Platform) => SignatureDatabase = oncePer(
  (variable: EfiVariable, platform: Platform) => rememberedDatabase(variable.data, platform),
);

function makeContext(
  vm: VmSource,
  nvram: Nvram,
  load: LoadVerdict | null,
  settings: AnalysisSettings,
  siblings: readonly VmSource[],
): RuleContext {
  // Named one by one: a spread takes longer than what most rules do.
  const { platform, knowledge, asOf } = settings;
  const signaturesOf = (variable: EfiVariable): SignatureDatabase => databaseOf(variable, platform);
  const keys = (): KeyState => keyStateOf(nvram.blob, { platform, knowledge, signaturesOf });
  return { platform, knowledge, asOf, vm, siblings, nvram, blob: nvram.blob, load, signaturesOf, keys };
}

/** Adds what a rule finds. */
function runRule(rule: Rule, context: RuleContext, findings: Finding[]): void {
  switch (rule.on) {
    case "nvram":
      for (const one of rule.detect(context.nvram, context)) findings.push(findingOf(rule, one));
      return;
    case "blob":
      if (context.blob === null) return;
      for (const one of rule.detect(context.blob, context)) findings.push(findingOf(rule, one));
      return;
    case "variable":
      for (const variable of context.blob?.variables ?? []) {
        if (!rule.concerns(variable)) continue;
        for (const one of rule.detect(variable, context)) findings.push(findingOf(rule, one));
      }
      return;
    case "certificates":
    case "host":
      return;
    default:
      rule satisfies never;
  }
}

/** Judges the certificates of pools and hosts; a finding's path begins with the set's place among them. */
export function analyzeCertificates(sets: readonly CertificateSet[], rules: readonly Rule[]): Finding[] {
  return sets.flatMap((set, index) =>
    rules.flatMap((rule) =>
      rule.on === "certificates"
        ? [...rule.detect(set)].map((detection) =>
            findingOf(rule, { ...detection, path: `certificates[${index}].${detection.path}` }),
          )
        : [],
    ),
  );
}

/** Judges what an input tells of a host. */
export function analyzeHost(history: HostHistory, rules: readonly Rule[]): Finding[] {
  return rules.flatMap((rule) =>
    rule.on === "host"
      ? [...rule.detect(history)].map((detection) =>
          findingOf(rule, { ...detection, path: `host.${detection.path}` }),
        )
      : [],
  );
}

function findingOf(rule: Rule, detection: Detection): Finding {
  return {
    ruleId: rule.meta.id,
    severity: detection.severity ?? rule.meta.severity,
    breaks: detection.breaks === undefined ? rule.meta.breaks : detection.breaks,
    variable: detection.variable ?? null,
    path: detection.path,
    span: detection.span,
    message: rule.message(detection.facts),
    facts: detection.facts,
    repair: detection.repair ?? null,
  };
}

/** Decided in this order; severity never decides it. */
function verdictOf(nvram: Nvram, load: LoadVerdict | null, findings: readonly Finding[]): Verdict {
  if (load === null) return "unknown";
  if (nvram.blob === null) return "unreadable";
  if (!load.loads) return "unbootable";
  return findings.some((finding) => finding.breaks !== null) ? "at-risk" : "healthy";
}
