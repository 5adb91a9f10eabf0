/**
 * Plans a repair from what the rules found, applies it pass by pass, and lets nothing out that was not opened,
 * judged and compared again.
 */
import { isMergedVariable } from "../parsers/efi/signature-variables.ts";
import type { VarstoredBlob, VmSource } from "../parsers/model.ts";
import { nvramOfBlob } from "../parsers/nvram.ts";
import { buildBlob, openBlob } from "../parsers/varstored-blob.ts";
import { judgeLoad, type LoadVerdict } from "../parsers/varstored-loader.ts";
import { type AnalysisSettings, analyzeVm } from "./engine.ts";
import { applyPatches } from "./patch.ts";
import { compareBlobs } from "./proof.ts";
import type { Proof, RepairOutcome, RepairStep, Strategy } from "./repair-types.ts";
import { variableRef } from "./report.ts";
import type { Finding, Rule, VmAnalysis } from "./rule.ts";

export interface RepairSettings extends AnalysisSettings {
  readonly rules: readonly Rule[];
}

/** One rule is applied in a pass; each rule needs one, and a second where another rule made work for it. */
const MAX_REPAIR_PASSES = 64;

/** What a strategy makes of one copy of an NVRAM. Nothing is written here; the input is not changed. */
export function repairVm(vm: VmSource, strategy: Strategy, settings: RepairSettings): RepairOutcome {
  const first = analyzeVm(vm, settings.rules, settings);
  const blob = vm.nvram?.blob ?? null;
  if (blob === null) return withoutBlob(first);
  const { steps, last } = runPasses(first, strategy, settings);
  if (last.load?.loads !== true) return refuse(vm, strategy, settings, last);
  if (steps.length === 0) return { kind: "nothing-to-repair", verdict: first.verdict };
  return prove(first, blob, steps, last, strategy, settings);
}

function withoutBlob(analysis: VmAnalysis): RepairOutcome {
  if (analysis.verdict !== "unreadable") return { kind: "nothing-to-repair", verdict: analysis.verdict };
  const why = analysis.load?.refusal?.message ?? "The NVRAM cannot be read.";
  return { kind: "refused", reason: `${why} Restore a backup of this NVRAM.`, strategyThatCan: null };
}

interface Passes {
  readonly steps: readonly RepairStep[];
  readonly last: VmAnalysis;
}

function runPasses(first: VmAnalysis, strategy: Strategy, settings: RepairSettings): Passes {
  const steps: RepairStep[] = [];
  let analysis = first;
  for (let pass = 0; pass < MAX_REPAIR_PASSES; pass++) {
    const chosen = choose(analysis, strategy);
    const blob = analysis.vm.nvram?.blob ?? null;
    if (chosen.length === 0 || blob === null) break;
    for (const { ruleId, repair, variable } of chosen) {
      steps.push({
        ruleId,
        title: repair?.title ?? "",
        variable: variable === null ? null : variableRef(variable),
      });
    }
    const bytes = applyPatches(
      blob,
      chosen.flatMap(({ repair }) => repair?.patches ?? []),
    );
    const next = analyzeVm({ ...analysis.vm, nvram: nvramOfBlob(bytes) }, settings.rules, settings);
    assertProgress(chosen, next);
    analysis = next;
  }
  return { steps, last: analysis };
}

/** The findings of the first rule that has a repair which the strategy allows; what deletes comes last, and only if it must. */
function choose(analysis: VmAnalysis, strategy: Strategy): readonly Finding[] {
  const safe = analysis.findings.filter(({ repair }) => repair?.applicability === "safe");
  const ruleOfSafe = safe[0]?.ruleId;
  if (ruleOfSafe !== undefined) return safe.filter(({ ruleId }) => ruleId === ruleOfSafe);
  if (strategy !== "remove" || analysis.load?.loads === true) return [];
  const unsafe = analysis.findings.filter(
    ({ repair, breaks }) => repair?.applicability === "unsafe" && breaks === "start",
  );
  return unsafe.filter(({ ruleId }) => ruleId === unsafe[0]?.ruleId);
}

/** A repair that leaves its finding would be applied for ever: that is a defect of the rule. */
function assertProgress(applied: readonly Finding[], next: VmAnalysis): void {
  const ruleId = applied[0]?.ruleId;
  const again = next.findings.filter(
    (finding) =>
      finding.ruleId === ruleId && finding.repair?.applicability === applied[0]?.repair?.applicability,
  );
  if (again.length >= applied.length) throw new Error(`the repair of ${ruleId} left its finding`);
}

function refuse(vm: VmSource, strategy: Strategy, settings: RepairSettings, last: VmAnalysis): RepairOutcome {
  const reason = last.load?.refusal?.message ?? "The daemon would not load the result.";
  if (strategy === "remove") return { kind: "refused", reason, strategyThatCan: null };
  const removal = repairVm(vm, "remove", settings);
  return { kind: "refused", reason, strategyThatCan: removal.kind === "repaired" ? "remove" : null };
}

/** Re-opens and re-judges the result with a true header, and compares it with the input. */
function prove(
  first: VmAnalysis,
  input: VarstoredBlob,
  steps: readonly RepairStep[],
  last: VmAnalysis,
  strategy: Strategy,
  settings: RepairSettings,
): RepairOutcome {
  const repaired = last.vm.nvram?.blob ?? null;
  if (repaired === null) throw new Error("a repaired NVRAM lost its blob");
  const bytes = buildBlob(repaired.version, repaired.ancillary, repaired.variables);
  const after = analyzeVm({ ...last.vm, nvram: nvramOfBlob(bytes) }, settings.rules, settings);
  const load = judgeLoad(bytes);
  const proof = compareBlobs(input, openBlob(bytes), settings.platform);
  const failure = checkProof(load, proof, after, strategy);
  if (failure !== null)
    return {
      kind: "refused",
      reason: `The result failed its verification: ${failure}`,
      strategyThatCan: null,
    };
  return {
    kind: "repaired",
    bytes,
    steps,
    proof,
    before: { load: first.load ?? load, verdict: first.verdict },
    after: { load, verdict: after.verdict },
  };
}

/** In words what speaks against the result; null where nothing does. */
function checkProof(load: LoadVerdict, proof: Proof, after: VmAnalysis, strategy: Strategy): string | null {
  if (!load.loads) return load.refusal?.message ?? "the daemon would not load it.";
  if (choose(after, strategy).length > 0) return "a second repair would change it again.";
  const lost = proof.removed.filter(
    ({ type, variable }) => type !== null || (variable !== null && variable.guid !== null),
  );
  const foreign = proof.changedVariables.filter(
    ({ variable: { name, nameHex, guid } }) =>
      !isMergedVariable({ name, nameIsValid: nameHex === undefined, vendorGuid: guid ?? "" }),
  );
  if (foreign.length > 0) return `${foreign.map(({ variable }) => variable.name).join(", ")} would change.`;
  if (strategy === "merge" && lost.length > 0) return `${lost.length} signatures or variables would be lost.`;
  return null;
}
