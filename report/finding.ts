/** A finding as the report tells it. */
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
  /** Why it is not told to people nor counted for the exit code; missing where it is. */
  readonly ignored?: string;
  /** `YYYY-MM-DD`, where the ignore file says so. */
  readonly ignoredUntil?: string;
}

/** Those that are told. */
export function toldFindings(findings: readonly FindingReport[]): readonly FindingReport[] {
  return findings.every(({ ignored }) => ignored === undefined)
    ? findings
    : findings.filter(({ ignored }) => ignored === undefined);
}

/** `prefix` is the route to what the finding's own path begins at; "" for a finding of the input itself. */
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
