/** What `repair` would come to for a copy of an NVRAM, tried out and not guessed, so that advice is true. */
import type { VmSource } from "../parsers/model.ts";
import type { RepairOutcome, Strategy } from "../rules/repair-types.ts";

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

type TryRepair = (vm: VmSource, strategy: Strategy) => RepairOutcome;

export function adviceFor(vm: VmSource, tryRepair: TryRepair): Advice {
  const merge = tryRepair(vm, "merge");
  if (merge.kind === "nothing-to-repair") return { kind: "nothing" };
  if (merge.kind === "repaired")
    return { kind: "repair", strategy: "merge", bytes: merge.bytes.length, deletes: [] };
  const { strategyThatCan, reason } = merge;
  const other = strategyThatCan === null ? null : tryRepair(vm, strategyThatCan);
  if (strategyThatCan === null || other?.kind !== "repaired") return { kind: "beyond-repair", reason };
  const deletes = other.proof.removed
    .filter(({ type }) => type === null)
    .map(({ variable }) => variable?.name ?? "the bytes behind the last variable");
  return { kind: "repair", strategy: strategyThatCan, bytes: other.bytes.length, deletes };
}
