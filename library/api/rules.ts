/** What is told of all rules. */
import { RULES } from "../../rules/index.ts";

/** What is told of a rule. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly severity: "error" | "warning" | "info";
  readonly docs: {
    readonly what: string;
    readonly why: string;
    readonly repair: string;
    readonly references: readonly string[];
  };
}

/** Every rule, in the order of reports. */
export const rules: readonly Rule[] = /* @__PURE__ */ RULES.map(
  ({ meta: { id, title, severity, docs } }) => ({
    id,
    title,
    severity,
    docs,
  }),
);
