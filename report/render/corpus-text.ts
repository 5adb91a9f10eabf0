/** What changed in the cases of a corpus, for people. */

import type { CaseReport, CorpusSummary } from "../corpus/case-report.ts";
import type { CaseChange } from "../corpus/compare-case.ts";
import { clip, printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { counted, moreLine, padEnd } from "./text.ts";

/** How many changes of one case are shown. */
const MAX_CHANGES = 40;
const MAX_VALUE = 60;
const KIND_COLUMNS = 9;

/** Nothing for a case that is as expected. */
export function caseLines(
  { case: name, status, error, changes, written }: CaseReport,
  style: Style,
): string[] {
  if (status === "same") return [];
  const heads = { changed: style.yellow("CHANGED"), failed: style.red("FAILED"), new: style.green("NEW") };
  return [
    `${style.bold(heads[status])}  ${printable(name)}`,
    ...(error === null ? [] : [`  ${printable(error.message)}`]),
    ...changes.slice(0, MAX_CHANGES).map((change) => `  ${changeLine(change)}`),
    ...moreLine(changes.length - MAX_CHANGES, "changes").map((line) => `  ${line}`),
    ...(written.length === 0 ? [] : [`  ${style.dim(`written: ${written.map(printable).join(", ")}`)}`]),
  ];
}

/** One change without its heading; for JUnit as well. */
export function changeLine({ what, change, place, name, before, after }: CaseChange): string {
  const subject = [place, name ?? ""].filter((part) => part !== "").map(printable);
  const kind = what === "finding" || what === "element" || what === "record" ? `${change} ${what}` : what;
  const values =
    what === "finding" && change !== "changed"
      ? findingText(change === "new" ? after : before)
      : what === "finding"
        ? differences(before, after)
        : `${valueText(before)} > ${valueText(after)}`;
  return [padEnd(kind, KIND_COLUMNS), ...subject, values].join("  ");
}

type Plain = Readonly<Record<string, unknown>>;

function findingText(finding: unknown): string {
  const { severity, path } = finding as Plain;
  return `${valueText(severity)} at ${valueText(path)}`;
}

/** Only the members that differ; facts one by one. */
function differences(before: unknown, after: unknown): string {
  const [old, now] = [flat(before as Plain), flat(after as Plain)];
  const names = [...new Set([...old.keys(), ...now.keys()])];
  return names
    .filter((name) => old.get(name) !== now.get(name))
    .map((name) => `${name} ${valueText(old.get(name))} > ${valueText(now.get(name))}`)
    .join(", ");
}

function flat({ facts, ...finding }: Plain): Map<string, string> {
  const entries = [...Object.entries(finding), ...Object.entries((facts ?? {}) as Plain)];
  return new Map(entries.map(([name, value]) => [name, plainText(value)]));
}

function plainText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

function valueText(value: unknown): string {
  return value === undefined || value === null ? "none" : clip(printable(plainText(value)), MAX_VALUE);
}

export function summaryLines({ cases, byStatus, byRule, byVerdict }: CorpusSummary, style: Style): string[] {
  const { same = 0, changed = 0, failed = 0, new: added = 0 } = byStatus;
  const parts = [
    `${same} as expected`,
    ...(changed > 0 ? [`${changed} changed`] : []),
    ...(added > 0 ? [`${added} new`] : []),
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const total = `${counted(cases, "case")}: ${parts.join(", ")}.`;
  const isClean = changed + failed === 0;
  const rules = Object.entries(byRule).map(([rule, counts]) => {
    const told = Object.entries(counts).filter(([, count]) => count > 0);
    return `  ${printable(rule)}: ${told.map(([kind, count]) => `${count} ${kind}`).join(", ")}`;
  });
  const verdicts = Object.entries(byVerdict).map(([change, count]) => `  ${printable(change)}: ${count}`);
  return [
    isClean ? style.green(total) : style.bold(total),
    ...(rules.length > 0 ? ["Findings by rule:", ...rules] : []),
    ...(verdicts.length > 0 ? ["Verdicts:", ...verdicts] : []),
  ];
}
