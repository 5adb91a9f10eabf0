/** Whether two inputs are judged alike but for names: what a redaction must leave as it was. */
import type { FactValue } from "../../rules/engine/rule.ts";
import type { CaseFinding, PlacedElement } from "./expectation.ts";

/** Routes, severities, spans, numbers; of texts, which may be names, their shape. */
export function isSameJudgement(a: readonly PlacedElement[], b: readonly PlacedElement[]): boolean {
  return JSON.stringify(a.map(skeleton)) === JSON.stringify(b.map(skeleton));
}

function skeleton({ format, error, findings = [], vms }: PlacedElement): unknown {
  return {
    format,
    error,
    findings: findings.map(findingSkeleton),
    vms: vms.map(({ source, kind, verdict, loads, refusal, findings: ofVm, repairs }) => ({
      source,
      kind,
      verdict,
      loads,
      refusal,
      findings: ofVm.map(findingSkeleton),
      // The digest of a repaired blob changes with its names.
      repairs: Object.values(repairs).map((result) => (/^[0-9a-f]{64}$/.test(result) ? "repaired" : result)),
    })),
  };
}

function findingSkeleton({ ruleId, severity, breaks, path, span, facts, repair }: CaseFinding): unknown {
  const shown = Object.entries(facts).map(([name, value]) => [name, shapeOf(value)]);
  return { ruleId, severity, breaks, path, span, facts: shown, applicability: repair?.applicability ?? null };
}

/** Texts by their signs and spaces alone: a redaction replaces words, and every word by one of its length. */
function shapeOf(value: FactValue): unknown {
  if (typeof value === "string") return value.replace(/[A-Za-z0-9\u{80}-\u{10ffff}]/gu, "x");
  return Array.isArray(value) ? value.map(shapeOf) : value;
}
