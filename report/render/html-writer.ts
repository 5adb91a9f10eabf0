/**
 * A report for a browser: one file without scripts that loads nothing. Copies are sorted by verdict, the worst first; what was
 * written waits in temporary files until the totals, which stand in front, are known.
 */

import { encodeBase64 } from "../../parsers/text/base64.ts";
import { decodeLatin1, encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import type { RuleMeta, Verdict } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import type { FileReport } from "../input.ts";
import { judgedBy, NO_TICKET, type Ticket, ToldFiles, titleText } from "../provenance.ts";
import type { RunSummary, Summary } from "../summary.ts";
import { TOOL } from "../tool.ts";
import type { VmReport } from "../vm.ts";
import { askedTexts } from "./asked-text.ts";
import { copyDetails, copyRow, severityMarkup, verdictMarkup, wholeDetails } from "./html-copy.ts";
import { STYLE } from "./html-style.ts";
import { plainLook } from "./look.ts";
import { lostSteps } from "./lost-steps.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import { advisedInput, nextSteps, type Step } from "./next-steps.ts";
import type { Output } from "./output.ts";
import { poolSteps, withoutRepeatedSteps } from "./pool-steps.ts";
import type { ReportWriter } from "./report-writer.ts";
import type { Spool, WriterTools } from "./spool.ts";
import { summaryLine } from "./summary-line.ts";
import { timelineLines } from "./timeline-text.ts";
import { isShownInFull, VERDICTS } from "./verdicts.ts";
import { type InputSteps, worthRepair } from "./worth-repair.ts";

const MAX_OPEN = 3;

export interface HtmlSettings {
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  /** Without copies that nothing is wrong with, and without next steps. */
  readonly quiet: boolean;
  readonly ticket?: Ticket;
}

/** A part of the page whose length only the end knows. */
interface Part {
  readonly id: string;
  readonly heading: string;
  readonly before: Markup;
  readonly after: Markup;
  readonly spool: Spool;
  count: number;
}

const HEADINGS: Readonly<Record<Verdict, string>> = {
  unbootable: "Will not start",
  unreadable: "Unreadable",
  "at-risk": "At risk",
  unknown: "Not known, with findings",
  "no-nvram": "Without NVRAM, with findings",
  healthy: "Healthy, with findings",
};
const HISTORY = "Backups over time";
const FAILURES = {
  before: markup`<ul>\n`,
  after: markup`</ul>\n`,
};
const ROWS = {
  before: markup`<table><caption>Copies without findings</caption><thead><tr><th scope="col">Verdict</th><th scope="col">VM</th><th scope="col">UUID</th><th scope="col">Copy</th><th scope="col">Bytes</th><th scope="col">Input</th></tr></thead><tbody>\n`,
  after: markup`</tbody></table>\n`,
};

const FILES = {
  before: markup`<table><caption>What was read</caption><thead><tr><th scope="col">File</th><th scope="col">Bytes</th><th scope="col">Modified</th><th scope="col">SHA-256</th></tr></thead><tbody>\n`,
  after: markup`</tbody></table>\n`,
};

export function htmlWriter(output: Output, settings: HtmlSettings, tools: WriterTools): ReportWriter {
  const makePart = (
    id: string,
    heading: string,
    frame: Pick<Part, "before" | "after"> = { before: NOTHING, after: NOTHING },
  ): Part => ({ id, heading, ...frame, spool: tools.newSpool(), count: 0 });
  const failures = makePart("not-read", "Not read", FAILURES);
  const wholes = makePart("inputs", "Pools and hosts");
  const copies = new Map(
    VERDICTS.map((verdict) => [verdict, makePart(`verdict-${verdict}`, HEADINGS[verdict])]),
  );
  const rest = makePart("without-findings", "Without findings", ROWS);
  const files = makePart("files", "Files", FILES);
  const parts = [failures, wholes, ...copies.values(), rest, files];
  const few = new FewOpen();
  const toldFiles = new ToldFiles();
  const stepsOf: InputSteps[] = [];
  /** Rules of which a finding is told: with `quiet` not all that found something. */
  const told = new Set<string>();
  const write = (text: string): Promise<void> => output.write(text);
  return {
    input: async ({ report, advice, tally }) => {
      const { path, format, error, findings, vms } = report;
      const file = settings.quiet ? null : toldFiles.take(report, tally.isClaimed);
      if (file !== null) put(files, fileRow(path, file));
      for (const { ruleId } of [findings, ...vms.map((vm) => vm.findings)].flat()) told.add(ruleId);
      if (tally.failed && error !== null)
        put(failures, markup`<li>${path} <span class="dim">${error.code}</span><br>${error.message}</li>\n`);
      if (findings.length > 0) put(wholes, wholeDetails(report));
      for (const vm of vms) {
        const part = isShownInFull(vm) ? copies.get(vm.verdict) : undefined;
        if (part !== undefined) few.add(part, path, vm);
        else if (!settings.quiet) put(rest, copyRow(path, vm));
      }
      const steps = settings.quiet
        ? []
        : [...poolSteps(report), ...lostSteps(report), ...nextSteps(advisedInput(report, advice))];
      if (steps.length > 0) stepsOf.push({ path, format, steps });
    },
    end: async (summary, timelines, asked = {}) => {
      few.end();
      const steps = withoutRepeatedSteps(
        worthRepair(stepsOf, timelines).flatMap(({ steps: ofInput }) => ofInput),
      );
      const history = timelineLines(timelines, plainLook(settings.quiet));
      const shown = parts.filter(({ count }) => count > 0);
      const ofTold = Object.fromEntries(Object.entries(summary.byRule).filter(([id]) => told.has(id)));
      const totals = settings.quiet ? { ...summary, byRule: ofTold } : summary;
      await write(headText(summary, settings, tools));
      await write(frontMatter(totals, shown, { steps, history }).text);
      for (const { heading, lines } of askedTexts(asked, plainLook(settings.quiet)))
        await write(markup`<section><h2>${heading}</h2>\n${preformatted(lines)}</section>\n`.text);
      for (const part of shown) {
        await write(markup`<section id="${part.id}"><h2>${headingOf(part)}</h2>\n${part.before}`.text);
        await part.spool.drain(write);
        await write(markup`${part.after}</section>\n`.text);
      }
      await write(markup`${rulesSection(totals)}</main>\n</body>\n</html>\n`.text);
    },
  };
}

/** Without a digest where only a part of the file was read. */
function fileRow(path: string, { bytes, modified, sha256 }: FileReport): Markup {
  return markup`<tr><td>${path}</td><td class="number">${bytes ?? ""}</td><td>${modified ?? ""}</td><td>${sha256 ?? "read in part"}</td></tr>\n`;
}

/** Copies are folded, unless there are so few that nobody needs to search. */
class FewOpen {
  #held: { readonly part: Part; readonly path: string; readonly vm: VmReport }[] | null = [];

  add(part: Part, path: string, vm: VmReport): void {
    if (this.#held !== null && this.#held.length < MAX_OPEN) {
      this.#held.push({ part, path, vm });
      return;
    }
    this.#release(false);
    put(part, copyDetails(path, vm, false));
  }

  end(): void {
    this.#release(true);
  }

  #release(isOpen: boolean): void {
    for (const { part, path, vm } of this.#held ?? []) put(part, copyDetails(path, vm, isOpen));
    this.#held = null;
  }
}

function put(part: Part, { text }: Markup): void {
  part.spool.append(text);
  part.count++;
}

function headingOf({ heading, count }: Part): string {
  return `${heading} (${count})`;
}

/** The policy lets a browser use the one style below, and load, send or run nothing (CSP Level 3, §6.7.3.3 for the hash). */
function headText(
  summary: RunSummary,
  { asOf, ticket = NO_TICKET }: HtmlSettings,
  { sha256 }: WriterTools,
): string {
  const title = titleText(ticket, "UEFI NVRAM report");
  const hash = decodeLatin1(encodeBase64(sha256(encodeUtf8(STYLE))));
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const head = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}: ${summaryLine(summary)}</title>
`;
  const body = markup`</head>
<body>
<header>
<h1>${title}</h1>
<p>${summaryLine(summary)}</p>
<p class="dim">${judgedBy(TOOL, asOf)}</p>
</header>
`;
  return `${head.text}<style>${STYLE}</style>\n${body.text}`;
}

/** What concerns the run as a whole. */
interface Overall {
  readonly steps: readonly Step[];
  /** Backups over time, as lines. */
  readonly history: readonly string[];
}

function frontMatter(summary: RunSummary, parts: readonly Part[], { steps, history }: Overall): Markup {
  const rules = firedRules(summary);
  const links = [
    ...(steps.length === 0 ? [] : [{ id: "next-steps", text: "Next steps" }]),
    ...(history.length === 0 ? [] : [{ id: "history", text: HISTORY }]),
    ...parts.map((part) => ({ id: part.id, text: headingOf(part) })),
    ...(rules.length === 0 ? [] : [{ id: "rules", text: "Rules" }]),
  ];
  return markup`<nav aria-label="Contents"><ul>
${links.map(({ id, text }) => markup`<li><a href="#${id}">${text}</a></li>\n`)}</ul></nav>
<main>
<section id="totals"><h2>Totals</h2>
${verdictTable(summary)}${rules.length === 0 ? NOTHING : ruleTable(summary, rules)}</section>
${stepsSection(steps)}${history.length === 0 ? NOTHING : markup`<section id="history"><h2>${HISTORY}</h2>\n${preformatted(history)}</section>\n`}`;
}

function verdictTable({ byVerdict, byMachine }: RunSummary): Markup {
  const present = VERDICTS.filter((verdict) => (byVerdict[verdict] ?? 0) > 0);
  if (present.length === 0) return NOTHING;
  const row = (verdict: Verdict): Markup =>
    markup`<tr><th scope="row">${verdictMarkup(verdict)}</th><td class="number">${byMachine === null ? "" : (byMachine[verdict] ?? 0)}</td><td class="number">${byVerdict[verdict] ?? 0}</td></tr>\n`;
  return markup`<table><caption>VMs by verdict, and all copies of an NVRAM (snapshots, templates, older backups)</caption><thead><tr><th scope="col">Verdict</th><th scope="col">VMs</th><th scope="col">Copies</th></tr></thead><tbody>
${present.map(row)}</tbody></table>
`;
}

function firedRules({ byRule }: Summary): RuleMeta[] {
  return RULES.map(({ meta }) => meta).filter(({ id }) => Object.hasOwn(byRule, id));
}

function ruleTable({ byRule }: Summary, rules: readonly RuleMeta[]): Markup {
  const row = ({ id, title, severity }: RuleMeta): Markup =>
    markup`<tr><th scope="row"><a href="#rule-${id}">${id}</a></th><td>${severityMarkup(severity)}</td><td>${title}</td><td class="number">${byRule[id] ?? 0}</td></tr>\n`;
  return markup`<table><caption>Findings by rule</caption><thead><tr><th scope="col">Rule</th><th scope="col">Severity</th><th scope="col">Says</th><th scope="col">Findings</th></tr></thead><tbody>
${rules.map(row)}</tbody></table>
`;
}

function stepsSection(steps: readonly Step[]): Markup {
  if (steps.length === 0) return NOTHING;
  const items = steps.map(
    (step) =>
      markup`<li>${step.text}${step.commands.length === 0 ? NOTHING : preformatted(step.commands)}</li>\n`,
  );
  return markup`<section id="next-steps"><h2>Next steps</h2>\n<ol>\n${items}</ol></section>\n`;
}

function preformatted(lines: readonly string[]): Markup {
  return markup`<pre>${lines.map((line) => markup`${line}\n`)}</pre>`;
}

/** What the rules are about that found something. */
function rulesSection(summary: Summary): Markup {
  const rules = firedRules(summary);
  if (rules.length === 0) return NOTHING;
  const rule = ({
    id,
    title,
    docs,
  }: RuleMeta): Markup => markup`<details id="rule-${id}"><summary>${id}: ${title}</summary><div>
<h3>What it looks for</h3><p>${docs.what}</p>
<h3>Why it matters</h3><p>${docs.why}</p>
<h3>Repair</h3><p>${docs.repair}</p>
${docs.notAFault === undefined ? NOTHING : markup`<h3>What is no fault</h3><p>${docs.notAFault}</p>\n`}<h3>Known from</h3><ul>${docs.references.map((reference) => markup`<li>${reference}</li>`)}</ul>
</div></details>
`;
  return markup`<section id="rules"><h2>Rules</h2>\n${rules.map(rule)}</section>\n`;
}
