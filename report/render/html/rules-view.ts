/** What rules are about, folded, each at `#rule-ID`: where several copies share them, and in the page before any file is open. */
import type { RuleMeta } from "../../../rules/engine/rule.ts";
import { type Markup, markup } from "../markup.ts";
import { ruleText } from "./copy-sections.ts";
import { severityBadge } from "./words.ts";

/** `note` stands behind the rule's id. */
export function rulesView(rules: readonly RuleMeta[], note: (id: string) => string): Markup {
  const items = rules.map(
    (rule) =>
      markup`<details id="rule-${rule.id}"><summary>${severityBadge(rule.severity)} <h3>${rule.title}</h3> <span class="dim">${rule.id}${note(rule.id)}</span></summary><div>
${ruleText(rule)}</div></details>
`,
  );
  return markup`${items}`;
}
