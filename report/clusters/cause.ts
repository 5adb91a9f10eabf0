/** What makes two copies suffer from the same: their verdict and the rules that found something, without any numbers. */
import type { Breaks, Severity, Verdict } from "../../rules/engine/rule.ts";

export interface Cause {
  readonly verdict: Verdict;
  /** Ids of rules, sorted. */
  readonly faults: readonly string[];
}

interface Judged {
  readonly verdict: Verdict;
  readonly findings: readonly {
    readonly ruleId: string;
    readonly severity: Severity;
    readonly breaks: Breaks;
  }[];
}

/**
 * Null for a copy that nothing is wrong with. Where something breaks, only what breaks it counts: what is merely noticed
 * (how far a guest is behind with its updates, leftovers of a crash) differs between VMs of one origin. Byte counts, places
 * and variables of the guest's own say nothing about where a fault comes from, so they are left out.
 */
export function causeOf({ verdict, findings }: Judged): Cause | null {
  const breaking = findings.filter(({ breaks }) => breaks !== null);
  const counted = breaking.length > 0 ? breaking : findings.filter(({ severity }) => severity !== "info");
  if (counted.length === 0) return null;
  return { verdict, faults: [...new Set(counted.map(({ ruleId }) => ruleId))].sort() };
}

/** One text for one cause, certificates and origin: what makes a cluster. */
export function clusterKey(
  { verdict, faults }: Cause,
  keys: string | null,
  baseTemplateName: string | null,
): string {
  return JSON.stringify([verdict, faults, keys, baseTemplateName]);
}
