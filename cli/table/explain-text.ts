/** Rules in words. */

import type { FindingReport } from "../../report/finding.ts";
import { clip, printable } from "../../report/render/printable.ts";
import type { Style } from "../../report/render/style.ts";
import { counted, wrap } from "../../report/render/text.ts";
import { severityWord } from "../../report/render/verdicts.ts";
import { vmName } from "../../report/render/vm-block.ts";
import type { RuleEvidence } from "../../report/rule-evidence.ts";
import type { Breaks, FactValue, RuleMeta } from "../../rules/engine/rule.ts";
import { reasoningLines } from "./reasoning-text.ts";
import { renderTable } from "./table.ts";

interface ExplainLook {
  readonly style: Style;
  readonly columns: number;
}

const MAX_TEXT = 500;
const MAX_FACT = 200;
const MAX_FINDINGS = 50;
const MAX_COPIES = 10;

const BREAKS: Readonly<Record<NonNullable<Breaks> | "null", string>> = {
  start: "keeps the VM from starting",
  update: "breaks later updates",
  "secure-boot": "breaks Secure Boot",
  restore: "breaks restoring on a host",
  null: "breaks nothing by itself",
};
const REPAIRABLE: Readonly<Record<RuleMeta["repairable"], string>> = {
  never: "no repair",
  sometimes: "repaired where that is safe or asked for",
  always: "has a repair",
};

export function ruleListLines(rules: readonly RuleMeta[], { style, columns }: ExplainLook): string[] {
  const rows = rules.map(({ id, title, severity }) => [severityWord(severity, style), id, title]);
  return [
    ...renderTable({ head: ["Severity", "Rule", "Says"], rows, flexible: 2, columns }),
    "",
    "varscope explain RULE says more; varscope explain RULE PATH shows where.",
  ];
}

/** What it breaks, whether it has a repair, since when it is there. */
export function ruleFacts({ breaks, repairable, since }: RuleMeta): string {
  return `${BREAKS[breaks ?? "null"]}; ${REPAIRABLE[repairable]}; since ${since}`;
}

export function ruleLines(meta: RuleMeta, look: ExplainLook): string[] {
  const { id, title, severity, docs } = meta;
  const { style, columns } = look;
  const section = (heading: string, text: string): string[] => [
    "",
    style.bold(heading),
    ...wrap(text, columns, 2),
  ];
  return [
    `${style.bold(id)}: ${title}`,
    ...wrap(`${severityWord(severity, style)}, ${ruleFacts(meta)}`, columns, 2),
    ...section("What it looks for", docs.what),
    ...section("Why it matters", docs.why),
    ...section("Repair", docs.repair),
    ...(docs.notAFault === undefined ? [] : section("What is no fault", docs.notAFault)),
    "",
    style.bold("Known from"),
    ...docs.references.flatMap((reference) => wrap(`- ${reference}`, columns, 2)),
  ];
}

export function evidenceLines(evidence: readonly RuleEvidence[], look: ExplainLook): string[] {
  const { style, columns } = look;
  const all = evidence.flatMap(({ path, findings }) => findings.map((found) => ({ path, ...found })));
  const unread = evidence.filter(({ failed }) => failed);
  const blocks = all
    .slice(0, MAX_FINDINGS)
    .flatMap(({ path, uuid, nameLabel, source, finding }) => [
      "",
      copyLine(path, { uuid, nameLabel, source }, style),
      ...wrap(clip(printable(finding.message), MAX_TEXT), columns, 4),
      ...wrap(`at ${clip(printable(finding.path), MAX_FACT)}${spanText(finding)}`, columns, 4),
      ...Object.entries(finding.facts).flatMap(([name, value]) =>
        wrap(`${name}: ${factText(value)}`, columns, 6),
      ),
      ...(finding.repair === null
        ? []
        : wrap(
            `repair (${finding.repair.applicability}): ${clip(printable(finding.repair.title), MAX_FACT)}`,
            columns,
            4,
          )),
    ]);
  return [
    "",
    style.bold("Evidence"),
    `  ${all.length === 0 ? "Nothing found" : counted(all.length, "finding")}${unread.length === 0 ? "" : `; ${counted(unread.length, "input")} not read`}.`,
    ...unread.flatMap(({ path, error }) =>
      wrap(`${printable(path)}: ${clip(printable(error?.message ?? ""), MAX_TEXT)}`, columns, 2),
    ),
    ...blocks,
    ...(all.length > MAX_FINDINGS
      ? ["", `  … ${all.length - MAX_FINDINGS} more; --format json has all`]
      : []),
    ...whatFollowsLines(evidence, look),
  ];
}

function whatFollowsLines(evidence: readonly RuleEvidence[], look: ExplainLook): string[] {
  const { style } = look;
  const all = evidence
    .flatMap(({ path, reasoning }) => reasoning.map((copy) => ({ path, copy })))
    .filter(({ copy }) => copy.chains.length > 0 || copy.hosts !== null);
  if (all.length === 0) return [];
  return [
    "",
    style.bold("What follows"),
    ...all
      .slice(0, MAX_COPIES)
      .flatMap(({ path, copy }) => ["", copyLine(path, copy, style), ...reasoningLines(copy, look)]),
    ...(all.length > MAX_COPIES ? ["", `  … ${all.length - MAX_COPIES} more; --format json has all`] : []),
  ];
}

function copyLine(
  path: string,
  { uuid, nameLabel, source }: Pick<RuleEvidence["reasoning"][number], "uuid" | "nameLabel" | "source">,
  style: Style,
): string {
  const id = uuid === null ? "" : ` ${printable(uuid)}`;
  return `  ${style.bold(vmName(path, { nameLabel }))}${id} (${printable(source)})`;
}

function spanText({ span }: FindingReport): string {
  return span === null ? "" : `, bytes ${span.start} to ${span.end}`;
}

function factText(value: FactValue): string {
  if (value === null) return "unknown";
  const text = typeof value === "object" ? value.join(", ") : String(value);
  return clip(printable(text), MAX_FACT);
}
