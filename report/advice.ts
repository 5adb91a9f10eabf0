/** What `repair` would do for a copy of an NVRAM. It is tried in memory, not guessed. */

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
      /** Length of the repaired blob in bytes. */
      readonly bytes: number;
      /** False where a name is not valid UTF-16: the host's restore command fails then. */
      readonly scriptRestores: boolean;
      /** Names of what would be deleted, unescaped as in the input; empty where nothing would be. */
      readonly deletes: readonly string[];
    }
  | { readonly kind: "beyond-repair"; readonly reason: string }
  /** There are findings, but no repair was tried, because there were too many copies before. */
  | { readonly kind: "untried" };

/** How many inputs get advice; the others need the same steps. */
export const MAX_ADVISED_INPUTS = 3;
/** For how many copies of one input a repair is tried: a trial takes many times as long as judging. */
const MAX_TRIALS = 100;

/** Gives advice for the copies of one input. */
export class Adviser {
  readonly #settings: RepairSettings;
  #trials = 0;
  /** Kinds of findings that came before, so that the first copy of a new kind is tried even after the limit. */
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

/** Tries repairs for a judged copy. */
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

/** Words for everything that is deleted and is more than single signatures, each once. */
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

/** False for copies that are never repaired: the state of a suspended VM, which the host drops at shutdown, and variables read in a guest. */
function isWorthTrial({ vm, findings }: VmAnalysis): boolean {
  return findings.length > 0 && !isResumeFile(vm) && viewOfCopy(vm) === null;
}

/** Settings for a trial: without rules that have no repair, as only the result matters. */
function trialSettings(settings: RepairSettings): RepairSettings {
  return { ...settings, rules: settings.rules.filter(({ meta }) => meta.repairable !== "never") };
}
