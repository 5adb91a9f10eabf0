/** What rules found in one input, and what follows of it: the evidence of `explain`. */
import type { ReasoningReport } from "../rules/reasoning/report.ts";
import type { ErrorReport } from "./error-report.ts";
import type { FindingReport } from "./finding.ts";

/** What a rule found in one input. */
export interface RuleEvidence {
  readonly path: string;
  readonly error: ErrorReport | null;
  readonly failed: boolean;
  readonly findings: readonly {
    readonly uuid: string | null;
    readonly nameLabel: string | null;
    readonly source: string;
    readonly finding: FindingReport;
  }[];
  /** What follows, for each copy with a finding. */
  readonly reasoning: readonly (ReasoningReport & {
    readonly uuid: string | null;
    readonly nameLabel: string | null;
    readonly source: string;
  })[];
}
