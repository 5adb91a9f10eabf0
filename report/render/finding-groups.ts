/** The findings of a copy as people read them: by what they break, then by rule. */

import type { Firmware } from "../../parsers/model.ts";
import type { Breaks, Severity } from "../../rules/engine/rule.ts";
import { type FindingReport, shownFindings } from "../finding.ts";
import { counted } from "./text.ts";

const BROKEN: readonly (readonly [Breaks, string])[] = [
  ["start", "Keeps the VM from starting"],
  ["secure-boot", "Breaks Secure Boot"],
  ["update", "Breaks later updates"],
  ["restore", "Breaks restoring it on a host"],
  [null, "Also noticed"],
];
/** Nobody reads the NVRAM of a VM that boots by BIOS. */
const BROKEN_BY_UEFI: ReadonlyMap<Breaks, string> = new Map([
  ["start", "Would keep the VM from starting by UEFI; it boots by BIOS"],
  ["secure-boot", "Would break Secure Boot by UEFI; the VM boots by BIOS"],
  ["update", "Would break later updates by UEFI; the VM boots by BIOS"],
]);
const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

export interface FindingGroup {
  readonly heading: string;
  /** The loudest first. */
  readonly findings: readonly FindingReport[];
}

/** The worst first; no group is empty. */
export function findingGroups(all: readonly FindingReport[], firmware: Firmware = null): FindingGroup[] {
  const findings = shownFindings(all);
  return BROKEN.flatMap(([breaks, usual]) => {
    const heading = firmware === "bios" ? (BROKEN_BY_UEFI.get(breaks) ?? usual) : usual;
    const group = findings.filter((finding) => finding.breaks === breaks);
    const sorted = SEVERITIES.flatMap((severity) => group.filter((finding) => finding.severity === severity));
    return sorted.length === 0 ? [] : [{ heading, findings: sorted }];
  });
}

/** The findings of each rule together, in the order of their first ones. */
export function byRule(findings: readonly FindingReport[]): (readonly [FindingReport, ...FindingReport[]])[] {
  const ofRule = new Map<string, [FindingReport, ...FindingReport[]]>();
  for (const finding of findings) {
    const known = ofRule.get(finding.ruleId);
    if (known === undefined) ofRule.set(finding.ruleId, [finding]);
    else known.push(finding);
  }
  return [...ofRule.values()];
}

/** As in `2 errors, 1 warning`: what is shown of them, one row a rule and what it breaks. */
export function findingCounts(findings: readonly FindingReport[]): string {
  if (shownFindings(findings).length === 0) return findings.length === 0 ? "none" : "none told";
  const shown = findingGroups(findings).flatMap(({ findings: group }) =>
    byRule(group).map(([first]) => first),
  );
  return SEVERITIES.map((severity) => ({
    severity,
    count: shown.filter((finding) => finding.severity === severity).length,
  }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => (severity === "info" ? `${count} info` : counted(count, severity)))
    .join(", ");
}
