/** What `repair` would come to for a copy of an NVRAM, tried out and not guessed, so that advice is true. */

import { NAMELESS } from "../parsers/efi/short-name.ts";
import { viewOfCopy } from "../parsers/guest/view.ts";
import { restoreReadsNames } from "../parsers/host/restore-command.ts";
import { openBlob } from "../parsers/nvram/varstored-blob.ts";
import { isResumeFile } from "../parsers/suspend-image/copy.ts";
import { type RepairSettings, repairVm } from "../rules/engine/repair.ts";
import type { Proof } from "../rules/engine/repair-types.ts";
import type { VmAnalysis } from "../rules/engine/rule.ts";
import type { Strategy } from "../rules/engine/strategy.ts";
import { causeOf } from "./clusters/cause.ts";

export type Advice =
  | { readonly kind: "nothing" }
  | {
      readonly kind: "repair";
      readonly strategy: Strategy;
      /** Length of the repaired blob. */
      readonly bytes: number;
      /** False where a name is no UTF-16, at which the host's restore command stops. */
      readonly scriptRestores: boolean;
      /** Names of what would be deleted, raw as in the input; empty where nothing is. */
      readonly deletes: readonly string[];
    }
  | { readonly kind: "beyond-repair"; readonly reason: string }
  /** Something was found; a repair was not tried out, since others were before. */
  | { readonly kind: "untried" };

/** Inputs that humans are advised on; the others need the same. */
export const MAX_ADVISED_INPUTS = 3;
/** Copies of one input that a repair is tried out for: a trial takes many times as long as a judgement. */
const MAX_TRIALS = 100;

/** Advises on the copies of one input. */
export class Adviser {
  readonly #settings: RepairSettings;
  #trials = 0;
  /** What was found, so that of what comes late the first of each kind is tried out, too. */
  readonly #kinds = new Set<string>();

  constructor(settings: RepairSettings) {
    this.#settings = settings;
  }

  adviceFor(analysis: VmAnalysis): Advice {
    if (!isWorthTrial(analysis)) return { kind: "nothing" };
    const kind = JSON.stringify(causeOf(analysis));
    const isNew = !this.#kinds.has(kind) && this.#kinds.size < MAX_TRIALS;
    if (isNew) this.#kinds.add(kind);
    if (this.#trials >= MAX_TRIALS && !isNew) return { kind: "untried" };
    this.#trials++;
    return adviceFor(analysis, this.#settings);
  }
}

/** What was found in a copy, and with what it was judged. */
export function adviceFor(analysis: VmAnalysis, settings: RepairSettings): Advice {
  if (!isWorthTrial(analysis)) return { kind: "nothing" };
  const { vm } = analysis;
  const trial = trialSettings(settings);
  const merge = repairVm(vm, "merge", trial);
  if (merge.kind === "nothing-to-repair") return { kind: "nothing" };
  if (merge.kind === "repaired") {
    return repairAdvice("merge", merge.bytes, []);
  }
  const { strategyThatCan, reason } = merge;
  const other = strategyThatCan === null ? null : repairVm(vm, strategyThatCan, trial);
  if (strategyThatCan === null || other?.kind !== "repaired") return { kind: "beyond-repair", reason };
  const deletes = deletedThings(other.proof);
  return repairAdvice(strategyThatCan, other.bytes, deletes);
}

/** In words what goes that is no single signature, each thing once. */
function deletedThings({ removed, changedVariables }: Proof): string[] {
  const isLeft = (name: string, guid: string | null): boolean =>
    changedVariables.some(({ variable }) => variable.name === name && variable.guid === guid);
  const things = removed
    .filter(({ type }) => type === null)
    .map(({ variable, span }) => {
      if (variable === null)
        return span === null ? "the text behind the base64" : "the bytes behind the last variable";
      const name = variable.name === "" ? NAMELESS : variable.name;
      return isLeft(variable.name, variable.guid) ? `unreadable bytes of ${name}` : name;
    });
  return [...new Set(things)];
}

function repairAdvice(strategy: Strategy, bytes: Uint8Array, deletes: readonly string[]): Advice {
  const scriptRestores = restoreReadsNames(openBlob(bytes).variables);
  return { kind: "repair", strategy, bytes: bytes.length, scriptRestores, deletes };
}

/** A saved state is no NVRAM that could be repaired: the host drops it when the VM is shut down. Neither is what a guest shows. */
function isWorthTrial({ vm, findings }: VmAnalysis): boolean {
  return findings.length > 0 && !isResumeFile(vm) && viewOfCopy(vm) === null;
}

/** Rules that repair nothing are left out of a trial, which only asks for its end. */
function trialSettings(settings: RepairSettings): RepairSettings {
  return { ...settings, rules: settings.rules.filter(({ meta }) => meta.repairable !== "never") };
}
