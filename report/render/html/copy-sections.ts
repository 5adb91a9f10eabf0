/** What the report tells of one copy of an NVRAM beyond its headline: findings with their bytes, hosts, variables. */
import type { Firmware } from "../../../parsers/model.ts";
import type { RuleMeta } from "../../../rules/engine/rule.ts";
import type { DetailReport, VariableDetail } from "../../detail/detail.ts";
import type { Evidence, EvidenceLine } from "../../detail/evidence.ts";
import type { FindingReport } from "../../finding.ts";
import { byRule, findingGroups } from "../finding-groups.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { placeName } from "../vm-block.ts";
import { grouped } from "./picture.ts";
import { breaks, severityBadge } from "./words.ts";

/** Findings of one rule of which the place is shown; the others are named. */
const MAX_PLACES = 4;

/** Folded, one for each rule and what it breaks. `rules` explains them; of one that it lacks the page does, at `#rule-ID`. */
export function findingsView(
  findings: readonly FindingReport[],
  evidence: readonly (Evidence | null)[],
  rules: ReadonlyMap<string, RuleMeta>,
  id: string,
  firmware: Firmware = null,
): Markup {
  const places = new Map(findings.map((finding, i) => [finding, evidence[i] ?? null]));
  const groups = findingGroups(findings, firmware).map(({ heading, findings: group }) => {
    const items = byRule(group).map((ofRule) => findingItem(ofRule, places, rules.get(ofRule[0].ruleId), id));
    return markup`<h3>${heading}</h3>\n${items}`;
  });
  return markup`${groups}`;
}

function findingItem(
  ofRule: readonly [FindingReport, ...FindingReport[]],
  places: ReadonlyMap<FindingReport, Evidence | null>,
  rule: RuleMeta | undefined,
  id: string,
): Markup {
  const [first, ...others] = ofRule;
  const likewise =
    others.length === 0 ? NOTHING : markup` <span class="dim">Likewise ${otherNames(others)}.</span>`;
  const shown = ofRule
    .slice(0, MAX_PLACES)
    .map(
      (finding) =>
        markup`<p class="mono">${finding.path}${finding.span === null ? "" : `, bytes ${finding.span.start} to ${finding.span.end}`}</p>\n${hexView(places.get(finding) ?? null)}`,
    );
  const more = ofRule.length - MAX_PLACES;
  const repair = ofRule.flatMap(({ repair: one }) => (one === null ? [] : [one.title]))[0];
  return markup`<details class="finding" id="${id}finding-${first.ruleId}-${first.breaks ?? "noticed"}"><summary>${severityBadge(first.severity)}<span>${first.message}${likewise}<span class="rule-id mono">${first.ruleId}</span></span></summary><div>
<h4>Where</h4>
${shown}${more > 0 ? markup`<p class="dim">And ${more} more; the JSON report has all.</p>\n` : NOTHING}${repair === undefined ? NOTHING : markup`<h4>Repair for this finding</h4><p>${repair}.</p>\n`}${rule === undefined ? markup`<p><a href="#rule-${first.ruleId}">What this rule is about</a></p>\n` : ruleText(rule)}</div></details>
`;
}

/** What a rule is about, as `explain RULE` tells it. */
export function ruleText({ docs }: RuleMeta): Markup {
  return markup`<h4>What it looks for</h4><p>${docs.what}</p>
<h4>Why it matters</h4><p>${docs.why}</p>
<h4>How it is repaired</h4><p>${docs.repair}</p>
${docs.notAFault === undefined ? NOTHING : markup`<h4>What is no fault</h4><p>${docs.notAFault}</p>\n`}<h4>Known from</h4><ul class="plain dim">${docs.references.map((reference) => markup`<li>${reference}</li>`)}</ul>
`;
}

const MAX_NAMES = 6;

function otherNames(others: readonly FindingReport[]): string {
  const names = [...new Set(others.map((finding) => placeName(finding) ?? finding.path))];
  const more = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(more > 0 ? [`${more} more`] : [])].join(", ");
}

const LINE = 16;

/** Hexadecimal and ASCII, with the bytes of the span marked. */
function hexView(evidence: Evidence | null): Markup {
  if (evidence === null) return NOTHING;
  const { lines, leftOut, start, end } = evidence;
  const drawn = lines.map((line, i) => {
    const gap =
      leftOut > 0 && i === lines.length - 1
        ? markup`<i>          \u2026 ${grouped(leftOut)} bytes between</i>\n`
        : NOTHING;
    return markup`${gap}${hexLine(line, start, end)}`;
  });
  return markup`<pre class="hex" tabindex="0" role="group" aria-label="Bytes ${start} to ${end} of the NVRAM in hexadecimal">${drawn}</pre>\n`;
}

function hexLine({ at, hex }: EvidenceLine, start: number, end: number): Markup {
  const bytes = hex.match(/../g) ?? [];
  const cells = Array.from({ length: LINE }, (_, i) => bytes[i] ?? "  ");
  const place = (offset: number): number => Math.min(bytes.length, Math.max(0, offset - at));
  const [from, to] = [place(start), place(end)];
  const marked = cells.slice(from, to).join(" ");
  // Thousands of elements, one for each byte, are more work for a browser than all else in a report.
  const parts = [
    cells.slice(0, from).join(" "),
    marked === "" ? NOTHING : markup`<mark>${marked}</mark>`,
    cells.slice(Math.max(from, to)).join(" "),
  ].filter((part) => part !== "" && part !== NOTHING);
  const text = bytes.map(asciiOf).join("");
  return markup`<i>${at.toString(LINE).padStart(8, "0")}</i>  ${parts.map((part, i) => markup`${i === 0 ? "" : " "}${part}`)}  ${text}\n`;
}

function asciiOf(byte: string): string {
  const code = Number.parseInt(byte, 16);
  return code > 0x20 && code < 0x7f ? String.fromCharCode(code) : "·";
}

/** Which host loads this NVRAM, takes the next update, and migrates the VM; the reasons below. */
export function hostsView({ hosts }: DetailReport): Markup {
  if (hosts === null || hosts.length === 0) return NOTHING;
  const reasons: string[] = [];
  const reasonOf = (text: string): number => {
    const known = reasons.indexOf(text);
    return known >= 0 ? known + 1 : reasons.push(text);
  };
  const FILL = { yes: "good", no: "bad", unknown: "info" } as const;
  const rows = hosts.map(({ title, loads, nextWrite, migrates }) => {
    const cells = [
      { label: "starts it", cell: loads },
      { label: "takes the next dbx", cell: nextWrite },
      { label: "migrates, resumes", cell: migrates },
    ].map(
      ({ label, cell: { answer, because } }) =>
        markup`<td data-label="${label}"><b class="${FILL[answer]}">${answer}</b> <sup>${reasonOf(because.text)}</sup></td>`,
    );
    return markup`<tr><th scope="row">${title}</th>${cells}</tr>\n`;
  });
  return markup`<div class="scroll"><table class="cards"><caption>By the daemon of the host. The reasons stand below.</caption><thead><tr><th scope="col">Host</th><th scope="col">Starts it</th><th scope="col">Takes the next dbx</th><th scope="col">Migrates, resumes</th></tr></thead><tbody>
${rows}</tbody></table></div>
<ol class="reasons">${reasons.map((text) => markup`<li>${text}</li>\n`)}</ol>
`;
}

/** Variables that are shown; a store may hold 1024. */
const MAX_VARIABLES = 200;

export function variablesView({ variables }: DetailReport): Markup {
  if (variables.length === 0) return NOTHING;
  const more = variables.length - MAX_VARIABLES;
  return markup`<div class="scroll"><table class="cards"><caption>In the order of the NVRAM${more > 0 ? `; ${grouped(more)} more are left out` : ""}</caption><thead><tr><th scope="col">Name</th><th scope="col">Vendor</th><th scope="col" class="number">Bytes</th><th scope="col">Written</th><th scope="col">Says</th><th scope="col" class="number">At byte</th></tr></thead><tbody>
${variables.slice(0, MAX_VARIABLES).map(variableRow)}</tbody></table></div>
`;
}

function variableRow({ name, guid, guidName, bytes, timestamp, says, offset }: VariableDetail): Markup {
  return markup`<tr><th scope="row"${breaks(name)}>${name}</th><td class="dim">${guidName ?? guid ?? ""}</td><td class="number" data-label="bytes">${grouped(bytes)}</td><td class="nowrap" data-label="written">${timestamp?.slice(0, 10) ?? ""}</td><td class="any">${says ?? ""}</td><td class="number dim" data-label="at byte">${grouped(offset)}</td></tr>
`;
}
