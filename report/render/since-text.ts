/** One sentence on what changed for a copy since an earlier report. */

import type { VmReport } from "../vm.ts";
import { clip, printable } from "./printable.ts";
import { counted } from "./text.ts";
import { countedVerdict } from "./verdicts.ts";

const MAX_NAMED = 8;
const MAX_NAME = 80;

/** Printable. */
export function sinceText(
  { status, verdict: was, newFindings, fixedFindings, unchanged }: NonNullable<VmReport["since"]>,
  { verdict: is, findings }: Pick<VmReport, "verdict" | "findings">,
): string {
  if (status === "new") return "Since the baseline: this copy is new.";
  const isOther = was !== null && was !== is;
  const parts = [
    ...(isOther ? [`was ${countedVerdict(was)}, is ${countedVerdict(is)}`] : []),
    ...named(
      "new",
      newFindings.flatMap((index) => findings[index]?.ruleId ?? []),
    ),
    ...named(
      "fixed",
      fixedFindings.map(({ ruleId }) => ruleId),
    ),
    ...(unchanged === 0 ? [] : [`${counted(unchanged, "finding")} unchanged`]),
  ];
  return `Since the baseline: ${parts.join("; ") || "nothing changed"}.`;
}

function named(what: string, ruleIds: readonly string[]): string[] {
  if (ruleIds.length === 0) return [];
  const rules = [...new Set(ruleIds)];
  const more = rules.length - MAX_NAMED;
  const shown = rules.slice(0, MAX_NAMED).map((ruleId) => clip(printable(ruleId), MAX_NAME));
  return [`${what}: ${[...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ")}`];
}
