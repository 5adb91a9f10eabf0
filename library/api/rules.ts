/** The rules as data, for other programs. */
import { RULES } from "../../rules/index.ts";

/** One rule, without its code. */
export interface Rule {
  /** Kebab-case; `findings[].ruleId` of a report. */
  readonly id: string;
  readonly title: string;
  /** Of most findings; a finding may have another severity. */
  readonly severity: "error" | "warning" | "info";
  /** Sentences for people. */
  readonly docs: {
    /** What the rule looks for. */
    readonly what: string;
    /** Who suffers, when, and on which versions. */
    readonly why: string;
    /** What its repair does, or what to do by hand. */
    readonly repair: string;
    /** Sources from which the fault is known. */
    readonly references: readonly string[];
  };
}

/** All rules, in the order in which reports list their findings. */
export const rules: readonly Rule[] = /* @__PURE__ */ RULES.map(
  ({ meta: { id, title, severity, docs } }) => ({
    id,
    title,
    severity,
    docs,
  }),
);
