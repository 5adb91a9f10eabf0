/** What `corpus run` and `corpus update` say of a case, and the totals of a run. */

import type { ErrorReport } from "../error-report.ts";
import type { Summary } from "../summary.ts";
import { type CaseChange, type ChangeKind, compareCase } from "./compare-case.ts";
import type { PlacedElement } from "./expectation.ts";

/** failed: it has no expectation, or could not be judged. new: `corpus update` has written its first expectation. */
export type CaseStatus = "same" | "changed" | "failed" | "new";

/** One row: an element of `cases`, and a line of NDJSON. */
export interface CaseReport {
  /** Place among all cases below the folder, from 0, whatever part of them a run judges. */
  readonly place: number;
  /** Path of its folder below the one that was named; "." is that itself. */
  readonly case: string;
  readonly status: CaseStatus;
  /** Null unless it failed. */
  readonly error: ErrorReport | null;
  readonly byVerdict: Summary["byVerdict"];
  readonly changes: readonly CaseChange[];
  /** Files that `corpus update` has written. */
  readonly written: readonly string[];
}

export type RuleChanges = Readonly<Record<ChangeKind, number>>;

export interface CorpusSummary {
  readonly cases: number;
  readonly byStatus: Readonly<Partial<Record<CaseStatus, number>>>;
  /** Findings that are new, gone or changed, by rule. */
  readonly byRule: Readonly<Record<string, RuleChanges>>;
  /** Copies of which the verdict is another one, such as `healthy > at-risk`. */
  readonly byVerdict: Readonly<Record<string, number>>;
}

/** Adds rows up; those of the parts of a run, taken together, give the summary of the whole. */
export class CorpusCounter {
  #cases = 0;
  readonly #byStatus = new Map<CaseStatus, number>();
  readonly #byRule = new Map<string, Record<ChangeKind, number>>();
  readonly #byVerdict = new Map<string, number>();

  add({ status, changes }: Pick<CaseReport, "status" | "changes">): void {
    this.#cases++;
    bump(this.#byStatus, status);
    for (const { what, name, change, before, after } of changes) {
      if (what === "verdict") bump(this.#byVerdict, `${before} > ${after}`);
      if (what !== "finding" || name === null) continue;
      const counts = this.#byRule.get(name) ?? { new: 0, gone: 0, changed: 0 };
      counts[change]++;
      this.#byRule.set(name, counts);
    }
  }

  get summary(): CorpusSummary {
    return {
      cases: this.#cases,
      byStatus: sorted(this.#byStatus),
      byRule: sorted(this.#byRule),
      byVerdict: sorted(this.#byVerdict),
    };
  }
}

function bump<Key>(counts: Map<Key, number>, key: Key): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function sorted<Value>(entries: ReadonlyMap<string, Value>): Record<string, Value> {
  return Object.fromEntries([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What is different; with `files` the bytes of the repaired file as it is and as it would be. */
export function changesOf(
  expected: readonly PlacedElement[],
  actual: readonly PlacedElement[],
  files: { readonly before: string | null; readonly after: string | null } | null,
): CaseChange[] {
  const changes = compareCase(expected, actual);
  if (files === null || files.before === files.after) return changes;
  return [
    ...changes,
    {
      what: "repaired-file",
      change: "changed",
      place: "",
      name: null,
      before: files.before,
      after: files.after,
    },
  ];
}
