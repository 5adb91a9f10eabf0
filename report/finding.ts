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
