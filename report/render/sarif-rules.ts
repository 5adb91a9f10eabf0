/** The rules as SARIF 2.1.0 describes them (§3.49, reportingDescriptor). All of them: a viewer can tell what was looked for. */
import type { RuleMeta, Severity } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { rulePageUri } from "../rule-pages.ts";
import { ruleMarkdown } from "./rule-markdown.ts";

const LEVELS = { error: "error", warning: "warning", info: "note" } as const satisfies Record<
  Severity,
  string
>;

/** SARIF §3.27.10 */
export function sarifLevel(severity: Severity): string {
  return LEVELS[severity];
}

export function sarifRules(): readonly unknown[] {
  return RULES.map(({ meta }) => sarifRule(meta));
}

function sarifRule(meta: RuleMeta): unknown {
  const { id, title, severity, breaks, repairable, since, docs } = meta;
  const text = [docs.what, docs.why, `Repair: ${docs.repair}`].join("\n\n");
  return {
    id,
    name: pascalCase(id),
    shortDescription: { text: sarifText(title) },
    fullDescription: { text: sarifText(docs.what) },
    helpUri: rulePageUri(id),
    help: { text: sarifText(text), markdown: braces(ruleMarkdown(meta).join("\n")) },
    defaultConfiguration: { level: sarifLevel(severity) },
    properties: {
      tags: ["uefi", "nvram", ...(breaks === null ? [] : [`breaks-${breaks}`])],
      repairable,
      since,
    },
  };
}

/** As viewers show rules, and as Azure DevOps asks for one (SARIF §3.49.7). */
function pascalCase(id: string): string {
  return id.replace(/(^|-)(.)/g, (_, __, letter: string) => letter.toUpperCase());
}

/** A plain text message: a brace would begin a placeholder (§3.11.5), `[…](…)` a link (§3.11.6). */
export function sarifText(text: string): string {
  return braces(text).replaceAll("](", "] (");
}

function braces(text: string): string {
  return text.replaceAll("{", "{{").replaceAll("}", "}}");
}
