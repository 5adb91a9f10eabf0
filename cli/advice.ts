/** What `repair` would come to for a copy of an NVRAM, tried out and not guessed, so that advice is true. */
import { type RepairSettings, repairVm } from "../rules/engine/repair.ts";
import type { Strategy } from "../rules/engine/repair-types.ts";
import type { VmAnalysis } from "../rules/engine/rule.ts";

export type Advice =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "repair";
      readonly strategy: Strategy;
      /** Length of the repaired blob. */
      readonly bytes: number;
      /** Names of what would be deleted, raw as in the input; empty where nothing is. */
      readonly deletes: readonly string[];
    }
  | { readonly kind: "beyond-repair"; readonly reason: string };

/** Inputs that humans are advised on; the others need the same. */
export const MAX_ADVISED_INPUTS = 3;

/** What was found in a copy, and with what it was judged. */
export function adviceFor({ vm, findings }: VmAnalysis, settings: RepairSettings): Advice {
  if (findings.length === 0) return { kind: "nothing" };
  const trial = trialSettings(settings);
  const merge = repairVm(vm, "merge", trial);
  if (merge.kind === "nothing-to-repair") return { kind: "nothing" };
  if (merge.kind === "repaired") {
    return { kind: "repair", strategy: "merge", bytes: merge.bytes.length, deletes: [] };
  }
  const { strategyThatCan, reason } = merge;
  const other = strategyThatCan === null ? null : repairVm(vm, strategyThatCan, trial);
  if (strategyThatCan === null || other?.kind !== "repaired") return { kind: "beyond-repair", reason };
  const deletes = other.proof.removed
    .filter(({ type }) => type === null)
    .map(({ variable }) => variable?.name ?? "the bytes behind the last variable");
  return { kind: "repair", strategy: strategyThatCan, bytes: other.bytes.length, deletes };
}

/** Rules that repair nothing are left out of a trial, which only asks for its end. */
function trialSettings(settings: RepairSettings): RepairSettings {
  return { ...settings, rules: settings.rules.filter(({ meta }) => meta.repairable !== "never") };
}
