/** What is new, fixed or unchanged in one copy since an earlier report (`since` of `analyze --baseline`). */

import type { Verdict } from "../../rules/engine/rule.ts";
import type { VariableRef } from "../../rules/engine/variable-ref.ts";
import type { FindingReport } from "../finding.ts";

export interface FixedFinding {
  readonly ruleId: string;
  readonly variable: VariableRef | null;
}

export interface SinceReport {
  /** `new`: the earlier report does not know this copy. */
  readonly status: "new" | "changed" | "unchanged";
  /** What it was; null where the copy is new, and for an input as a whole. */
  readonly verdict: Verdict | null;
  /** Places in `findings`. */
  readonly newFindings: readonly number[];
  readonly fixedFindings: readonly FixedFinding[];
  /** How many findings stand in both. */
  readonly unchanged: number;
}

/** Findings are the same where rule and variable are; where one rule finds several things in one variable, their number counts. */
export function findingKey({ ruleId, variable }: Pick<FindingReport, "ruleId" | "variable">): string {
  return variable === null
    ? JSON.stringify([ruleId])
    : JSON.stringify([ruleId, variable.name, variable.guid, variable.nameHex ?? null]);
}

/** The inverse of `findingKey`. */
function fixedFinding(key: string): FixedFinding {
  const [ruleId = "", name, guid = null, hex = null] = JSON.parse(key) as (string | null)[];
  if (name === undefined || name === null) return { ruleId: ruleId ?? "", variable: null };
  return { ruleId: ruleId ?? "", variable: { name, ...(hex === null ? {} : { nameHex: hex }), guid } };
}

/** Of a copy that the earlier report does not know: everything in it is new. */
export function sinceNothing(findings: readonly FindingReport[]): SinceReport {
  return {
    status: "new",
    verdict: null,
    newFindings: [...findings.keys()],
    fixedFindings: [],
    unchanged: 0,
  };
}

/** `verdict` and `was.verdict` are null for an input as a whole. `was.keys` may name a key several times. */
export function sinceThen(
  verdict: Verdict | null,
  findings: readonly FindingReport[],
  was: { readonly verdict: Verdict | null; readonly keys: readonly string[] },
): SinceReport {
  const left = new Map<string, number>();
  for (const key of was.keys) left.set(key, (left.get(key) ?? 0) + 1);
  const newFindings: number[] = [];
  for (const [index, finding] of findings.entries()) {
    const key = findingKey(finding);
    const count = left.get(key) ?? 0;
    if (count === 0) newFindings.push(index);
    else left.set(key, count - 1);
  }
  const fixedFindings = [...left].flatMap(([key, count]) =>
    Array.from({ length: count }, () => fixedFinding(key)),
  );
  const isSame = newFindings.length + fixedFindings.length === 0 && verdict === was.verdict;
  return {
    status: isSame ? "unchanged" : "changed",
    verdict: was.verdict,
    newFindings,
    fixedFindings,
    unchanged: findings.length - newFindings.length,
  };
}

/** What can be compared; of a copy whose NVRAM is missing or redacted nobody knows whether it got worse. */
const BADNESS: Readonly<Partial<Record<Verdict, number>>> = {
  healthy: 0,
  "at-risk": 1,
  unbootable: 2,
  unreadable: 2,
};

/** Whether a verdict became worse; never for a copy that is new. */
export function gotWorse(was: Verdict | null, is: Verdict): boolean {
  if (was === null) return false;
  return (BADNESS[is] ?? 0) > (BADNESS[was] ?? Number.POSITIVE_INFINITY);
}
