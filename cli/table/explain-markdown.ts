/** Rules as a page of documentation. */

import { plainLook } from "../../report/render/look.ts";
import { markdownBlock, markdownText } from "../../report/render/markdown-text.ts";
import { ruleMarkdown } from "../../report/render/rule-markdown.ts";
import type { RuleEvidence } from "../../report/rule-evidence.ts";
import type { RuleMeta } from "../../rules/engine/rule.ts";
import { evidenceLines, ruleFacts } from "./explain-text.ts";

/** A table of contents where there are several, a section a rule, and what was found in an input. */
export function explainMarkdown(
  rules: readonly RuleMeta[],
  evidence: readonly RuleEvidence[] | null,
): string[] {
  const found =
    evidence === null ? [] : ["", ...markdownBlock(evidenceLines(evidence, plainLook(false)).slice(1))];
  return [...(rules.length > 1 ? contents(rules) : []), ...rules.flatMap(section).slice(1), ...found];
}

function contents(rules: readonly RuleMeta[]): string[] {
  return [
    "# Rules",
    "",
    "| Rule | Severity | Says |",
    "|---|---|---|",
    ...rules.map(
      ({ id, severity, title }) => `| [\`${id}\`](#${id}) | ${severity} | ${markdownText(title)} |`,
    ),
    "",
  ];
}

function section(meta: RuleMeta): string[] {
  const { id, title, severity } = meta;
  const facts = `**${severity.toUpperCase()}**, ${markdownText(ruleFacts(meta))}`;
  return ["", `## ${id}`, "", `${markdownText(title)}. ${facts}.`, "", ...ruleMarkdown(meta)];
}
