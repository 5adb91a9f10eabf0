/** A repair of many NVRAMs as plain values: what became of each, in so few words that ten thousand fit into memory. */

import type { Verdict } from "../../rules/engine/rule.ts";
import type { Strategy } from "../../rules/engine/strategy.ts";
import type { VmReport } from "../vm.ts";

/** `held`: it could be repaired, but its file holds another copy that is refused. */
export type RepairResult = "repaired" | "held" | "refused" | "nothing";

/** The proof of one result, as numbers. */
export interface BriefProof {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly kept: number;
  readonly merged: number;
  readonly reowned: number;
  readonly removed: number;
  readonly added: number;
}

/** What became of one copy of an NVRAM. */
export interface ManyCopy extends Pick<VmReport, "uuid" | "nameLabel" | "kind" | "source"> {
  readonly path: string;
  readonly result: RepairResult;
  readonly before: Verdict;
  readonly after: Verdict;
  /** Only for a copy that can be repaired; else null. */
  readonly proof: BriefProof | null;
  /** Of what is refused; null for all others. */
  readonly refused: { readonly reason: string; readonly strategy: Strategy | null } | null;
  /** The file with the result; null where none was written. */
  readonly output: string | null;
}

/** An input that could not be read. */
export interface FailedInput {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

/** Totals of a repair (`summary` of `repair --format json`). */
export interface RepairSummary {
  /** Inputs with a copy of an NVRAM. */
  readonly inputs: number;
  readonly copies: number;
  /** Copies of which the result was written; of a dry run none. */
  readonly written: number;
  /** Files that were written. */
  readonly files: number;
  readonly repairable: number;
  readonly refused: number;
  readonly nothingToRepair: number;
  /** Inputs that could not be read. */
  readonly failed: number;
}

type Counted = Pick<ManyCopy, "path" | "result" | "output">;

export function repairSummary(copies: Iterable<Counted>, failed: number): RepairSummary {
  const inputs = new Set<string>();
  const files = new Set<string>();
  const counts: Record<RepairResult, number> = { repaired: 0, held: 0, refused: 0, nothing: 0 };
  let all = 0;
  let written = 0;
  for (const { path, result, output } of copies) {
    all++;
    inputs.add(path);
    counts[result]++;
    if (output === null) continue;
    written++;
    files.add(output);
  }
  return {
    inputs: inputs.size,
    copies: all,
    written,
    files: files.size,
    repairable: counts.repaired + counts.held,
    refused: counts.refused,
    nothingToRepair: counts.nothing,
    failed,
  };
}

/** Copies that are refused and share what would do. */
export interface RefusedGroup {
  /** Null where no strategy can. */
  readonly strategy: Strategy | null;
  readonly copies: readonly ManyCopy[];
}

/** The strategy that takes least, first; what nothing can repair, last. */
export function refusedGroups(copies: readonly ManyCopy[], strategies: readonly Strategy[]): RefusedGroup[] {
  return [...strategies, null].flatMap((strategy) => {
    const ofOne = copies.filter(({ refused }) => refused !== null && refused.strategy === strategy);
    return ofOne.length === 0 ? [] : [{ strategy, copies: ofOne }];
  });
}

/** `3 kept, 1 stored once less, 1 removed`: what became of the signatures. */
export function proofText({ kept, merged, reowned, removed, added }: BriefProof): string {
  const counts = [
    [merged, "stored once less"],
    [reowned, "to Microsoft's owner"],
    [removed, "removed"],
    [added, "added"],
  ] as const;
  const others = counts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return [`${kept} kept`, ...others].join(", ");
}
