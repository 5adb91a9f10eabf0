/**
 * VMs by their verdicts. A VM is one whatever records, exports, texts and backups of it there are: one UUID over all inputs is
 * one machine, and a copy without a UUID, such as a bare blob, is one by itself. Its verdict is the worst of the copies that a
 * start or the newest restore takes: the NVRAM of the VM's own record (with the saved state of a suspended one), and of its
 * backups what the newest restores. Snapshots, templates, `snapshot_metadata` and older backups decide nothing.
 */

import type { Verdict } from "../rules/engine/rule.ts";
import type { BriefCopy } from "./vm.ts";

/** Worst first; how the table sorts as well. */
const RANKS: readonly Verdict[] = [
  "unbootable",
  "unreadable",
  "at-risk",
  "unknown",
  "no-nvram",
  "healthy",
  // Of a copy of which nothing is known: any other one of the VM tells more.
  "unknown",
];
const TELLS_NOTHING = RANKS.length - 1;

/** What one input adds; threads hand it to each other. */
export interface MachineTally {
  /** By UUID the place of the worst verdict in the order above. */
  readonly ranks: ReadonlyMap<string, number>;
  /** Copies without a UUID, by that place. */
  readonly nameless: readonly number[];
}

export const NO_MACHINES: MachineTally = { ranks: new Map(), nameless: [] };

export interface MachineCounts {
  /** Number of VMs; null where there are more than the run distinguishes. */
  readonly machines: number | null;
  readonly byMachine: Readonly<Partial<Record<Verdict, number>>> | null;
}

/** Whether a start takes this copy. What stands in a backup's metadata is restored, and decided elsewhere. */
export function isStarted({ kind, source, backup }: Pick<BriefCopy, "kind" | "source" | "backup">): boolean {
  return backup === null && isOfMachine({ kind, source });
}

/** Whether it is the VM's own, be it in a backup or not. */
export function isOfMachine({ kind, source }: Pick<BriefCopy, "kind" | "source">): boolean {
  return (kind === "vm" || kind === "unknown") && !`${source}`.includes("snapshot_metadata");
}

/** Rank from worst (0) to best; below 0 for an unknown verdict, as a line of a result file may hold any text. */
export function rankOfCopy({
  verdict,
  findings,
}: {
  readonly verdict: Verdict;
  readonly findings: readonly unknown[];
}): number {
  return verdict === "unknown" && findings.length === 0 ? TELLS_NOTHING : RANKS.indexOf(verdict);
}

export class MachineCounter {
  readonly #ranks = new Map<string, number>();
  readonly #nameless: number[] = [];
  readonly #limit: number;
  #isOver = false;

  /** `limit`: how many different UUIDs are remembered. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  addCopy({ uuid, verdict, findings }: Pick<BriefCopy, "uuid" | "verdict" | "findings">): void {
    const rank = rankOfCopy({ verdict, findings });
    if (rank < 0) return;
    if (typeof uuid === "string" && uuid !== "") this.#add(uuid.toLowerCase(), rank);
    else this.#addNameless(rank, 1);
  }

  merge({ ranks, nameless }: MachineTally): void {
    for (const [uuid, rank] of ranks) this.#add(uuid, rank);
    for (const [rank, count] of nameless.entries()) this.#addNameless(rank, count ?? 0);
  }

  /** Machines that are left out make every number a wrong one. */
  giveUp(): void {
    this.#isOver = true;
    this.#ranks.clear();
  }

  #add(uuid: string, rank: number): void {
    if (this.#isOver) return;
    const known = this.#ranks.get(uuid);
    if (known === undefined && this.#ranks.size >= this.#limit) this.giveUp();
    else this.#ranks.set(uuid, Math.min(rank, known ?? rank));
  }

  #addNameless(rank: number, count: number): void {
    this.#nameless[rank] = (this.#nameless[rank] ?? 0) + count;
  }

  get isEmpty(): boolean {
    return !this.#isOver && this.#ranks.size === 0 && this.#nameless.length === 0;
  }

  get tally(): MachineTally {
    return { ranks: this.#ranks, nameless: Array.from(this.#nameless, (count) => count ?? 0) };
  }

  get counts(): MachineCounts {
    if (this.#isOver) return { machines: null, byMachine: null };
    const byRank = Array.from(RANKS, (_, rank) => this.#nameless[rank] ?? 0);
    for (const rank of this.#ranks.values()) byRank[rank] = (byRank[rank] ?? 0) + 1;
    const byMachine: Partial<Record<Verdict, number>> = {};
    for (const verdict of [...new Set(RANKS)].sort()) {
      const count = byRank.reduce((sum, ofRank, rank) => sum + (RANKS[rank] === verdict ? ofRank : 0), 0);
      if (count > 0) byMachine[verdict] = count;
    }
    return { machines: byRank.reduce((sum, count) => sum + count, 0), byMachine };
  }
}
