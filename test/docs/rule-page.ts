/** The page of a rule in docs/rules/, and the list of all of them. */
import { markdownText } from "../../report/render/markdown-text.ts";
import { ruleMarkdown } from "../../report/render/rule-markdown.ts";
import type { Breaks, RuleMeta } from "../../rules/engine/rule.ts";

const REPAIRS: Readonly<Record<RuleMeta["repairable"], string>> = {
  always: "`varscope repair` repairs it.",
  sometimes: "`varscope repair` repairs it where that loses nothing; each finding says so.",
  never: "`varscope repair` leaves it alone.",
};

const BREAKS: Readonly<Record<NonNullable<Breaks>, string>> = {
  start: "It keeps the VM from starting.",
  update: "It breaks later updates of the Secure Boot variables.",
  "secure-boot": "It breaks Secure Boot.",
  restore: "It breaks a restore on a host.",
};

/** `cases` are the folders of the corpus on which it fires. */
export function rulePage(meta: RuleMeta, cases: readonly string[]): string {
  const { id, title, severity, breaks, repairable } = meta;
  const lines = [
    `# ${id}`,
    "",
    `${markdownText(title)}. Severity: ${severity}. ${breaks === null ? "" : `${BREAKS[breaks]} `}${REPAIRS[repairable]}`,
    "",
    ...ruleMarkdown(meta),
    "",
    `\`varscope explain ${id} DUMP\` shows the same with the evidence of a dump.`,
    ...(cases.length === 0
      ? []
      : [
          "",
          "Examples in the corpus:",
          "",
          ...cases.map((name) => `- [${name}](../../corpus/${name}/README.md)`),
        ]),
  ];
  return `${lines.join("\n")}\n`;
}

export function ruleList(metas: readonly RuleMeta[]): string {
  const rows = metas.map(
    ({ id, title, severity }) => `| [${id}](${id}.md) | ${severity} | ${markdownText(title)} |`,
  );
  return `${["# Rules", "", "One page for each rule, made from the rule itself.", "", "| rule | severity | says |", "|---|---|---|", ...rows].join("\n")}\n`;
}
