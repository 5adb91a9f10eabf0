/** The totals of a report. */

import type { Verdict } from "../rules/engine/rule.ts";
import type { InputReport } from "./input.ts";
import type { MachineCounts } from "./machines.ts";
import { foreignName } from "./unclaimed.ts";
import type { BriefCopy } from "./vm.ts";

export interface Summary {
  readonly inputs: number;
  readonly failed: number;
  readonly unrecognised: number;
  /** How many of `inputs` and `failed` are folders without any dump. Absent where there are none. */
  readonly foldersWithoutDumps?: number;
  readonly vms: number;
  readonly sources: number;
  readonly byVerdict: Readonly<Partial<Record<Verdict, number>>>;
  readonly byRule: Readonly<Record<string, number>>;
}

/** Totals of a whole run. */
export interface RunSummary extends Summary, MachineCounts {}

/** Counts the inputs: `vms` is the number of records, `sources` the number of NVRAM copies. */
export class SummaryCounter {
  readonly #byVerdict = new Map<string, number>();
  readonly #byRule = new Map<string, number>();
  /** Records of the current input that were counted already. */
  readonly #records = new Set<string>();
  #inputs = 0;
  #failed = 0;
  #unrecognised = 0;
  #foldersWithoutDumps = 0;
  #vms = 0;
  #sources = 0;

  /** Counts a copy of the current input. */
  addCopy({ uuid, verdict, findings }: BriefCopy): void {
    this.#records.add(uuid ?? `#${this.#sources}`);
    this.#sources++;
    bump(this.#byVerdict, verdict);
    for (const { ruleId } of findings) bump(this.#byRule, ruleId);
  }

  /** Counts the current input, after its copies. */
  endInput({ error, findings }: Pick<InputReport, "error" | "findings">): void {
    this.#inputs++;
    if (error?.code === "unrecognised" || foreignName(error) !== null) this.#unrecognised++;
    else if (error !== null) this.#failed++;
    if (error?.code === "no-dumps") this.#foldersWithoutDumps++;
    this.#vms += this.#records.size;
    this.#records.clear();
    for (const { ruleId } of findings) bump(this.#byRule, ruleId);
  }

  /** Adds the totals of another counter. */
  merge(other: Summary): void {
    this.#inputs += other.inputs;
    this.#failed += other.failed;
    this.#unrecognised += other.unrecognised;
    this.#foldersWithoutDumps += other.foldersWithoutDumps ?? 0;
    this.#vms += other.vms;
    this.#sources += other.sources;
    for (const [verdict, count] of Object.entries(other.byVerdict)) bump(this.#byVerdict, verdict, count);
    for (const [ruleId, count] of Object.entries(other.byRule)) bump(this.#byRule, ruleId, count);
  }

  get summary(): Summary {
    return {
      inputs: this.#inputs,
      failed: this.#failed,
      unrecognised: this.#unrecognised,
      ...(this.#foldersWithoutDumps === 0 ? {} : { foldersWithoutDumps: this.#foldersWithoutDumps }),
      vms: this.#vms,
      sources: this.#sources,
      byVerdict: sorted(this.#byVerdict),
      byRule: sorted(this.#byRule),
    };
  }
}

function bump(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
