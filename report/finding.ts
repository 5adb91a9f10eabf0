/** A finding in the report. */
import type { Span } from "../parsers/model.ts";
import type { Applicability, Breaks, Facts, Finding, Severity } from "../rules/engine/rule.ts";
import { type VariableRef, variableRef } from "../rules/engine/variable-ref.ts";

export interface FindingReport {
  readonly ruleId: string;
  readonly severity: Severity;
  readonly breaks: Breaks;
  readonly variable: VariableRef | null;
  readonly path: string;
  readonly span: Span | null;
  readonly message: string;
  readonly facts: Facts;
  readonly repair: { applicability: Applicability; title: string } | null;
  /** Why it is hidden from people and not counted for the exit code. Absent where it is shown. */
  readonly ignored?: string;
  /** Last day on which it is ignored, `YYYY-MM-DD`. Only where the ignore file names one. */
  readonly ignoredUntil?: string;
}

/** The findings that are shown. */
export function shownFindings(findings: readonly FindingReport[]): readonly FindingReport[] {
  return findings.every(({ ignored }) => ignored === undefined)
    ? findings
    : findings.filter(({ ignored }) => ignored === undefined);
}

/** `prefix`: path in front of the finding's own path; "" for a finding of the input itself. */
export function findingReport(finding: Finding, prefix: string): FindingReport {
  const { ruleId, severity, breaks, variable, path, span, message, facts, repair } = finding;
  return {
    ruleId,
    severity,
    breaks,
    variable: variable === null ? null : variableRef(variable),
    path: [prefix, path].filter((part) => part !== "").join("."),
    span,
    message,
    facts,
    repair: repair === null ? null : { applicability: repair.applicability, title: repair.title },
  };
}
