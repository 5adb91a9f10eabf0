/** One copy of an NVRAM in HTML, folded to a line. */

import type { Severity, Verdict } from "../../rules/engine/rule.ts";
import type { FindingReport } from "../finding.ts";
import type { InputReport } from "../input.ts";
import { digestLines } from "../provenance.ts";
import type { NvramReport, VmReport } from "../vm.ts";
import { findingCounts, findingGroups } from "./finding-groups.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import { spaceFigures, spaceRows } from "./space-bars.ts";
import { verdictLabel, verdictSentence } from "./verdicts.ts";
import { vmFacts, vmName } from "./vm-block.ts";

const VERDICT_CLASS: Readonly<Record<Verdict, string>> = {
  unbootable: "bad",
  unreadable: "bad",
  "at-risk": "warn",
  unknown: "info",
  "no-nvram": "info",
  healthy: "good",
};
const SEVERITY_CLASS: Readonly<Record<Severity, string>> = { error: "bad", warning: "warn", info: "info" };

export function verdictMarkup(verdict: Verdict, copy: VmReport | null = null): Markup {
  return markup`<b class="${VERDICT_CLASS[verdict]}">${verdictLabel(verdict, copy)}</b>`;
}

export function severityMarkup(severity: Severity): Markup {
  return markup`<b class="${SEVERITY_CLASS[severity]}">${severity.toUpperCase()}</b>`;
}

const OPEN = markup` open`;

/** A copy of which more than one line is to be said. */
export function copyDetails(path: string, vm: VmReport, isOpen: boolean): Markup {
  const name = vmName(path, vm);
  const where = [vm.source, path === name ? "" : path, `findings: ${findingCounts(vm.findings)}`];
  return markup`<details class="copy"${isOpen ? OPEN : NOTHING}><summary>${verdictMarkup(vm.verdict, vm)} ${name} <span class="dim">${where.filter((part) => part !== "").join(" · ")}</span></summary><div>
<p class="dim">${vmFacts(path, vm)}</p>${digestLines(vm.nvram, null).map((line) => markup`<p class="dim">${line}</p>`)}
<p>${verdictSentence(vm)}</p>
${findingSections(vm.findings)}${vm.nvram === null || vm.nvram.variables.length === 0 ? NOTHING : spaceTable(vm.nvram)}</div></details>
`;
}

/** A copy of which nothing is wrong, as a row of the table of these. */
export function copyRow(path: string, vm: VmReport): Markup {
  return markup`<tr><td>${verdictMarkup(vm.verdict, vm)}</td><td>${vmName(path, vm)}</td><td>${vm.uuid ?? ""}</td><td>${vm.source}</td><td class="number">${vm.nvram?.bytes ?? ""}</td><td>${path}</td></tr>
`;
}

/** What is wrong with a pool or host as a whole, and what it gives new VMs. */
export function wholeDetails({ path, findings, certificates }: InputReport): Markup {
  const plants = certificates
    .filter(({ active }) => active !== false)
    .map(({ source, plants: planted }) => {
      const names = planted.map(({ name, signatures }) => `${name} (${signatures} signatures)`).join(", ");
      return markup`<p>${source} gives VMs that start for the first time: ${names === "" ? "nothing" : names}.</p>\n`;
    });
  return markup`<details class="copy"><summary>${path} <span class="dim">findings: ${findingCounts(findings)}</span></summary><div>
${plants}${findingSections(findings)}</div></details>
`;
}

function findingSections(findings: readonly FindingReport[]): Markup {
  const groups = findingGroups(findings).map(
    ({ heading, findings: group }) => markup`<h3>${heading}</h3>\n<ul>\n${group.map(findingItem)}</ul>\n`,
  );
  return markup`${groups}`;
}

function findingItem({ ruleId, severity, message, path, span }: FindingReport): Markup {
  const bytes = span === null ? "" : `, bytes ${span.start} to ${span.end}`;
  return markup`<li>${severityMarkup(severity)} <a href="#rule-${ruleId}">${ruleId}</a>: ${message}<br><span class="dim">${path}${bytes}</span></li>
`;
}

function spaceTable(nvram: NvramReport): Markup {
  const rows = spaceRows(nvram).map(
    (row) =>
      markup`<tr><th scope="row">${row.name}</th><td>${spaceFigures(row)}</td><td><meter min="0" max="${row.limit}" value="${Math.min(row.used, row.limit)}" aria-label="${row.name}: ${spaceFigures(row)}"></meter></td></tr>
`,
  );
  return markup`<table><caption>Space in bytes</caption><thead><tr><th scope="col">What</th><th scope="col">Used</th><th scope="col">Share</th></tr></thead><tbody>
${rows}</tbody></table>
`;
}
