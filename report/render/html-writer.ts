/**
 * A report for a browser: one file that loads nothing and can be read without its script. One copy fills the page; several are a
 * table, the worst first, with their details below. What was written waits in spools until the totals, which stand in front, are
 * known.
 */

import { encodeBase64 } from "../../parsers/text/base64.ts";
import { decodeLatin1, encodeUtf8 } from "../../parsers/text/text-encoding.ts";
import type { RuleMeta, Verdict } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { ignoredLines } from "../filter/report.ts";
import { shownFindings } from "../finding.ts";
import type { FileReport, InputReport } from "../input.ts";
import { judgedBy, NO_TICKET, type SavedFrom, type Ticket, ToldFiles, titleText } from "../provenance.ts";
import type { NextStepsReport } from "../remedies/next-steps.ts";
import type { RunSummary, Summary } from "../summary.ts";
import type { TimelineReport } from "../timeline/report.ts";
import { MAX_TOLD_IN_FULL } from "../told-in-full.ts";
import { TOOL } from "../tool.ts";
import { FOREIGN_HEADING, foreignName } from "../unclaimed.ts";
import type { VmReport } from "../vm.ts";
import { askedTexts } from "./asked-text.ts";
import { isPoolUnready, poolText } from "./certificates-text.ts";
import { findingCounts } from "./finding-groups.ts";
import { hostTexts } from "./host-text.ts";
import { causesView } from "./html/causes-view.ts";
import { PRINTED_ROWS, TABLE_END, tableHead, tableRow } from "./html/copies-table.ts";
import { findingsView } from "./html/copy-sections.ts";
import { type CopyView, copyBrief, copyHead, copySections } from "./html/copy-view.ts";
import { grouped, share } from "./html/picture.ts";
import { rulesView } from "./html/rules-view.ts";
import { type Contents, SHELL_END, shellContents, shellHead } from "./html/shell.ts";
import { timelinesView } from "./html/timeline-view.ts";
import { badge, TONES } from "./html/words.ts";
import { plainLook } from "./look.ts";
import { type Markup, markup, NOTHING } from "./markup.ts";
import { type ToldStep, toldRemedies } from "./next-steps-text.ts";
import type { Output } from "./output.ts";
import { clip } from "./printable.ts";
import type { AskedSections, ReportWriter } from "./report-writer.ts";
import type { Spool, WriterTools } from "./spool.ts";
import { summaryLine } from "./summary-line.ts";
import { timelineTexts } from "./timeline-text.ts";
import { isShownInFull, VERDICTS, verdictLabel, verdictSentence } from "./verdicts.ts";
import { vmName } from "./vm-block.ts";

export interface HtmlSettings {
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  /** Without copies that nothing is wrong with, and without next steps. */
  readonly quiet: boolean;
  readonly ticket?: Ticket;
  readonly saved?: SavedFrom | null;
  /** Inside the page, which has a frame of its own and can do more. */
  readonly page?: PageSettings;
}

export interface PageSettings {
  /** What stands in the box about a copy's repair. */
  readonly repairAction: (path: string, vm: VmReport) => Markup;
  /** Behind all sections. */
  readonly ending: Markup;
}

/** Copies of which more than a row is in the page; the worst of more than these would make it too heavy for a browser. */
const MAX_DETAILS = 100;
/** Of the file, as tabs and lists of bookmarks show it. */
export const MAX_TITLE = 70;
/** Copies whose details are open from the start. */
const MAX_OPEN = 3;

const META: ReadonlyMap<string, RuleMeta> = new Map(RULES.map(({ meta }) => [meta.id, meta]));
const NO_RULES: ReadonlyMap<string, RuleMeta> = new Map();

/** The copies of one verdict, as they are shown. */
interface OfVerdict {
  readonly rows: Spool;
  readonly details: Spool;
  count: number;
  detailed: number;
}

/** A list whose length only the end knows. */
interface List {
  readonly spool: Spool;
  count: number;
}

interface Shown {
  readonly path: string;
  readonly vm: VmReport;
}

export function htmlWriter(output: Output, settings: HtmlSettings, tools: WriterTools): ReportWriter {
  const makeList = (): List => ({ spool: tools.newSpool(), count: 0 });
  const failures = makeList();
  const foreign = makeList();
  const wholes = makeList();
  const hosts = makeList();
  const files = makeList();
  const copies = new Copies(settings, tools);
  const toldFiles = new ToldFiles();
  const write = (text: string): Promise<void> => output.write(text);
  return {
    input: async ({ report, tally }) => {
      const { path, error, findings, vms, host } = report;
      const file = settings.quiet ? null : toldFiles.take(report, tally.isClaimed);
      if (file !== null) put(files, fileRow(path, file));
      if (tally.failed && error !== null)
        put(failures, markup`<li>${path} <span class="dim">${error.code}</span><br>${error.message}</li>\n`);
      if (tally.isForeign && !settings.quiet)
        put(foreign, markup`<li>${path}<br>${foreignName(error) ?? ""}</li>\n`);
      if (shownFindings(findings).length > 0 || (!settings.quiet && isPoolUnready(report)))
        put(wholes, wholeDetails(report, `input-${wholes.count}-`));
      const told = host === undefined ? [] : hostTexts(host, settings.quiet);
      if (told.length > 0) put(hosts, hostDetails(path, told));
      for (const vm of vms) if (!settings.quiet || isShownInFull(vm)) copies.add({ path, vm });
    },
    end: async (summary, timelines, { nextSteps = [], ...asked } = {}) => {
      const sections: Section[] = [
        ...(failures.count === 0
          ? []
          : [{ id: "not-read", title: `Not read (${failures.count})`, ...listParts(failures, UL) }]),
        ...(foreign.count === 0
          ? []
          : [
              {
                id: "foreign",
                title: `${FOREIGN_HEADING} (${foreign.count})`,
                ...listParts(foreign, UL),
              },
            ]),
        ...(wholes.count === 0
          ? []
          : [{ id: "inputs", title: `Pools and hosts (${wholes.count})`, ...listParts(wholes, NONE) }]),
        ...(hosts.count === 0
          ? []
          : [
              {
                id: "hosts",
                title: `Logs and packages of hosts (${hosts.count})`,
                ...listParts(hosts, NONE),
              },
            ]),
        ...(files.count === 0
          ? []
          : [{ id: "files", title: `Files (${files.count})`, ...listParts(files, FILES) }]),
        ...ignoredSections(asked),
      ];
      const before = [
        ...(settings.quiet ? [] : causeSections(asked, summary, nextSteps, copies.told)),
        ...stepSections(nextSteps, copies.isLong),
        ...historySections(timelines, settings),
        ...askedSections(asked),
      ];
      const { page } = settings;
      if (page === undefined) await write(headText(summary, settings, tools));
      const only = copies.only();
      if (only === null) await writeMany(copies, summary, before, sections, write);
      else await writeOne(viewOf(only, settings, "", META), before, sections, write);
      await write(page === undefined ? SHELL_END : markup`${page.ending}</main>`.text);
    },
  };
}

/** At the very end: what is hidden is never passed over in silence. */
function ignoredSections({ ignored }: AskedSections): Section[] {
  const lines = ignoredLines(ignored);
  if (lines.length === 0) return [];
  return [textSection("ignored", "Not told", markup`${lines.map((line) => markup`<p>${line}</p>\n`)}`)];
}

/** A part of the page with a heading: text, or what waits in a spool. */
interface Section {
  readonly id: string;
  readonly title: string;
  readonly before: Markup;
  readonly spools: readonly Spool[];
  readonly after: Markup;
}

type Write = (text: string) => Promise<void>;

function textSection(id: string, title: string, body: Markup): Section {
  return { id, title, before: body, spools: [], after: NOTHING };
}

async function writeSection({ id, title, before, spools, after }: Section, write: Write): Promise<void> {
  await write(markup`<section id="${id}"><h2>${title}</h2>\n${before}`.text);
  for (const spool of spools) await spool.drain(write);
  await write(markup`${after}</section>\n`.text);
}

/** One copy: its own sections, with what to do next behind what was found. */
async function writeOne(
  view: CopyView,
  before: readonly Section[],
  rest: readonly Section[],
  write: Write,
): Promise<void> {
  const own = copySections(view).map(({ id, title, body }) => textSection(id, title, body));
  const at = own.findIndex(({ id }) => id === "findings") + 1;
  const sections = [...own.slice(0, at), ...before, ...own.slice(at), ...rest];
  await write(contentsOf([{ id: "main", text: "Verdict" }], sections).text);
  await write(copyHead(view).text);
  for (const section of sections) await writeSection(section, write);
}

async function writeMany(
  copies: Copies,
  summary: RunSummary,
  before: readonly Section[],
  rest: readonly Section[],
  write: Write,
): Promise<void> {
  const own = copies.sections();
  const rules = rulesSections(summary, copies.told);
  const sections = [...before, ...own, ...rest, ...rules];
  await write(contentsOf([{ id: "main", text: "Totals" }], sections).text);
  const printed = copies.isLong
    ? markup`<p class="printed">Printed, this is a summary: the beginning of each list, and what is folded only where it is open. The file holds all of it.</p>\n`
    : NOTHING;
  await write(markup`<h1>${summaryLine(summary)}</h1>\n${totals(summary)}${printed}`.text);
  for (const section of sections) await writeSection(section, write);
}

function contentsOf(first: readonly Contents[], sections: readonly Section[]): Markup {
  return shellContents([...first, ...sections.map(({ id, title }) => ({ id, text: title }))]);
}

/** The copies of a run, sorted by their verdicts as they come. */
class Copies {
  /** Ids of rules with a finding that is shown; with `quiet` these are not all. */
  readonly told: Set<string> = new Set();
  readonly #settings: HtmlSettings;
  readonly #ofVerdict: ReadonlyMap<Verdict, OfVerdict>;
  /** While there are so few that their details stand open. */
  #held: Shown[] | null = [];
  #count = 0;

  constructor(settings: HtmlSettings, { newSpool }: WriterTools) {
    this.#settings = settings;
    this.#ofVerdict = new Map(
      VERDICTS.map((verdict) => [verdict, { rows: newSpool(), details: newSpool(), count: 0, detailed: 0 }]),
    );
  }

  add(shown: Shown): void {
    for (const { ruleId } of shownFindings(shown.vm.findings)) this.told.add(ruleId);
    if (this.#held !== null && this.#held.length < MAX_OPEN) {
      this.#held.push(shown);
      return;
    }
    this.#release(false);
    this.#put(shown, false);
  }

  /** More than a few printed pages have room for: what follows from the totals is folded then. */
  get isLong(): boolean {
    return this.#count > PRINTED_ROWS;
  }

  /** The copy, where the run has exactly one; else null. */
  only(): Shown | null {
    return this.#held?.length === 1 ? (this.#held[0] ?? null) : null;
  }

  /** The table of all copies, and the details of those that are shown in full. */
  sections(): Section[] {
    this.#release(true);
    if (this.#count === 0) return [];
    const present = VERDICTS.flatMap((verdict) => {
      const of = this.#ofVerdict.get(verdict);
      return of === undefined || of.count === 0 ? [] : [{ verdict, of }];
    });
    const counts = present.map(({ verdict, of }) => ({
      verdict,
      word: verdictLabel(verdict),
      count: of.count,
    }));
    const printed =
      this.#count > PRINTED_ROWS
        ? markup`<p class="printed">Printed are the first ${PRINTED_ROWS} of ${grouped(this.#count)} rows; this file holds the others.</p>\n`
        : NOTHING;
    const details = present.filter(({ of }) => of.detailed > 0);
    const caption = `${this.#count === 1 ? "1 copy" : `${grouped(this.#count)} copies`} of an NVRAM, the worst first`;
    return [
      {
        id: "all",
        title: `All copies (${grouped(this.#count)})`,
        before: tableHead(caption, counts),
        spools: present.map(({ of }) => of.rows),
        after: markup`${TABLE_END}${printed}`,
      },
      ...details.map(({ verdict, of }) => ({
        id: `verdict-${verdict}`,
        title: `${HEADINGS[verdict]} (${grouped(of.detailed)})`,
        before:
          of.detailed === MAX_DETAILS
            ? markup`<p class="dim">In full the first ${MAX_DETAILS}; the JSON report has all.</p>\n`
            : NOTHING,
        spools: [of.details],
        after: NOTHING,
      })),
    ];
  }

  #release(isOpen: boolean): void {
    for (const shown of this.#held ?? []) this.#put(shown, isOpen);
    this.#held = null;
  }

  #put(shown: Shown, isOpen: boolean): void {
    const { path, vm } = shown;
    const of = this.#ofVerdict.get(vm.verdict);
    if (of === undefined) return;
    const inFull = isShownInFull(vm) && of.detailed < MAX_DETAILS;
    this.#count++;
    const id = inFull ? `copy-${this.#count}` : null;
    const view = viewOf(shown, this.#settings, `copy-${this.#count}-`, NO_RULES);
    of.rows.append(
      tableRow({
        path,
        name: view.words.name,
        vm,
        word: view.words.label,
        rank: VERDICTS.indexOf(vm.verdict),
        repair: repairWord(view),
        target: id,
      }).text,
    );
    of.count++;
    if (id === null) return;
    of.details.append(copyDetails(id, view, isOpen).text);
    of.detailed++;
  }
}

const HEADINGS: Readonly<Record<Verdict, string>> = {
  unbootable: "Will not start",
  unreadable: "Unreadable",
  "at-risk": "At risk",
  unknown: "Not known, with findings",
  "no-nvram": "Without NVRAM, with findings",
  healthy: "Healthy, with findings",
};

const OPEN = markup` open`;

/** A copy among others, folded to a line. */
function copyDetails(id: string, view: CopyView, isOpen: boolean): Markup {
  const { path, vm, words } = view;
  const where = [vm.source, path === words.name ? "" : path, `findings: ${findingCounts(vm.findings)}`];
  const sections = copySections(view).map(
    (section) => markup`<h3 id="${section.id}">${section.title}</h3>\n${section.body}`,
  );
  return markup`<details class="${isOpen ? "copy" : "copy many"}" id="${id}"${isOpen ? OPEN : NOTHING}><summary>${badge(TONES[vm.verdict], words.label)} <b>${words.name}</b> <span class="dim">${where.filter((part) => part !== "").join(" · ")}</span></summary><div>
${copyBrief(view)}${sections}</div></details>
`;
}

function viewOf(
  { path, vm }: Shown,
  { asOf, page }: HtmlSettings,
  id: string,
  rules: ReadonlyMap<string, RuleMeta>,
): CopyView {
  const detail = vm.detail ?? null;
  const repaired = detail?.repair?.verdict;
  return {
    path,
    vm,
    detail,
    words: {
      name: vmName(path, vm),
      label: verdictLabel(vm.verdict, vm),
      sentence: verdictSentence(vm),
      repairedLabel: repaired === undefined ? "" : verdictLabel(repaired),
    },
    asOf,
    rules,
    id,
    repairAction: page?.repairAction(path, vm) ?? NOTHING,
  };
}

function repairWord({ detail }: CopyView): string {
  if (detail === null) return "";
  return detail.repair?.strategy ?? (detail.beyondRepair === null ? "" : "none");
}

/** Without a digest where only a part of the file was read. */
function fileRow(path: string, { bytes, modified, sha256 }: FileReport): Markup {
  return markup`<tr><td class="any">${path}</td><td class="number">${bytes ?? ""}</td><td class="nowrap">${modified ?? ""}</td><td class="mono any">${sha256 ?? "read in part"}</td></tr>\n`;
}

/** What is wrong with a pool or host as a whole, and what it gives new VMs. */
function wholeDetails({ path, findings, certificates, poolReadiness }: InputReport, id: string): Markup {
  const pool = poolReadiness === undefined ? NOTHING : markup`<p>${poolText(poolReadiness)}</p>\n`;
  const plants = certificates
    .filter(({ active }) => active !== false)
    .map(({ source, plants: planted }) => {
      const names = planted.map(({ name, signatures }) => `${name} (${signatures} signatures)`).join(", ");
      return markup`<p>${source} gives VMs that start for the first time: ${names === "" ? "nothing" : names}.</p>\n`;
    });
  return markup`<details class="copy" open><summary><b>${path}</b> <span class="dim">findings: ${findingCounts(findings)}</span></summary><div>
${plants}${pool}${findingsView(findings, [], META, id)}</div></details>
`;
}

/** What logs and lists of a host tell. */
function hostDetails(path: string, told: readonly string[]): Markup {
  const texts = told.map((line) =>
    line.startsWith("  ") ? markup`<p class="mono any">${line.trim()}</p>\n` : markup`<p>${line}</p>\n`,
  );
  return markup`<details class="copy" open><summary><b>${path}</b></summary><div>
${texts}</div></details>
`;
}

function stepSections(nextSteps: readonly NextStepsReport[], isFolded: boolean): Section[] {
  const told = toldRemedies(nextSteps);
  if (told.length === 0) return [];
  const remedies = told.map(({ heading, ways }) => {
    const steps = ways.map(
      ({ label, steps: those }) =>
        markup`${label === null ? NOTHING : markup`<h4>${label}</h4>\n`}<ol class="steps">\n${those.map(stepItem)}</ol>\n`,
    );
    return isFolded
      ? markup`<details class="later"><summary><h3>${heading}</h3></summary><div>\n${steps}</div></details>\n`
      : markup`<h3>${heading}</h3>\n${steps}`;
  });
  return [textSection("next-steps", "Next steps", markup`${remedies}`)];
}

function stepItem({ text, before, commands, after }: ToldStep): Markup {
  const line = (one: string): Markup => markup`<p>${one}</p>`;
  return markup`<li><p><b>${text}</b></p>${before.map((one) => markup`<p class="caution">${one}</p>`)}${commands.length === 0 ? NOTHING : commandBox(commands)}${after.map(line)}</li>\n`;
}

function commandBox(lines: readonly string[]): Markup {
  return markup`<div class="command"><pre tabindex="0">${linesOf(lines)}</pre><button type="button" data-copy>Copy</button></div>`;
}

/** Each on its own line: `markup` spells out a line break that stands in a text. */
function linesOf(lines: readonly string[]): readonly Markup[] {
  return lines.map((line, i) => (i === 0 ? markup`${line}` : markup`\n${line}`));
}

/** The section on causes, for reports with too many copies to read each. */
function causeSections(
  { causes = null }: AskedSections,
  { sources, byRule }: RunSummary,
  nextSteps: readonly NextStepsReport[],
  told: ReadonlySet<string>,
): Section[] {
  if (sources <= MAX_TOLD_IN_FULL || causes === null || causes.length === 0) return [];
  const body = causesView(causes, nextSteps, (rule) => told.has(rule) && Object.hasOwn(byRule, rule));
  return [textSection("causes", "Causes", body)];
}

function historySections(timelines: readonly TimelineReport[], { quiet }: HtmlSettings): Section[] {
  const several = timelines.filter(({ backups, notRead = [] }) => backups.length + notRead.length > 1);
  if (several.length === 0) return [];
  const look = plainLook(quiet);
  const body = timelinesView(
    several,
    (verdict) => verdictLabel(verdict),
    (timeline) => {
      const { sentences, commands } = timelineTexts(timeline, look);
      return markup`${sentences.map((text) => markup`<p>${text}</p>\n`)}${commands.length === 0 ? NOTHING : commandBox(commands)}`;
    },
  );
  return [textSection("history", "Backups over time", body)];
}

function askedSections(asked: AskedSections): Section[] {
  return askedTexts(asked, plainLook(false)).map(({ heading, lines }, i) =>
    textSection(`asked-${i}`, heading, markup`<pre tabindex="0">${linesOf(lines)}</pre>\n`),
  );
}

function totals({ byVerdict, byMachine }: RunSummary): Markup {
  const counts = byMachine ?? byVerdict;
  const present = VERDICTS.filter((verdict) => (counts[verdict] ?? 0) > 0);
  const all = present.reduce((sum, verdict) => sum + (counts[verdict] ?? 0), 0);
  const items = present.map(
    (verdict) =>
      markup`<li><b class="${TONES[verdict]}">${grouped(counts[verdict] ?? 0)}</b>${verdictLabel(verdict)}</li>`,
  );
  let at = 0;
  const strip = present.map((verdict) => {
    const size = counts[verdict] ?? 0;
    const drawn = markup`<rect x="${share(at, all)}" width="${share(size, all)}" height="14" class="v-${TONES[verdict]} gap"></rect>`;
    at += size;
    return drawn;
  });
  return markup`<ul class="totals">${items}</ul>\n<svg class="strip" aria-hidden="true">${strip}</svg>\n`;
}

/** What the rules are about that found something, and how often: copies of a fleet share them. */
function rulesSections({ byRule }: Summary, told: ReadonlySet<string>): Section[] {
  const rules = RULES.map(({ meta }) => meta).filter(({ id }) => Object.hasOwn(byRule, id) && told.has(id));
  if (rules.length === 0) return [];
  return [
    textSection(
      "rules",
      "Rules",
      rulesView(rules, (id) => `, ${grouped(byRule[id] ?? 0)}`),
    ),
  ];
}

interface Frame {
  readonly before: Markup;
  readonly after: Markup;
}

const UL: Frame = { before: markup`<ul>\n`, after: markup`</ul>\n` };
const FILES: Frame = {
  before: markup`<div class="scroll"><table class="cards long"><caption>What was read</caption><thead><tr><th scope="col">File</th><th scope="col" class="number">Bytes</th><th scope="col">Modified</th><th scope="col">SHA-256</th></tr></thead><tbody>\n`,
  after: markup`</tbody></table></div>\n`,
};
const NONE: Frame = { before: NOTHING, after: NOTHING };

function listParts({ spool }: List, { before, after }: Frame): Pick<Section, "before" | "spools" | "after"> {
  return { before, spools: [spool], after };
}

function put(list: List, { text }: Markup): void {
  list.spool.append(text);
  list.count++;
}

function headText(
  summary: RunSummary,
  { asOf, ticket = NO_TICKET, saved = null }: HtmlSettings,
  { sha256 }: WriterTools,
): string {
  return shellHead({
    title: clip(`${titleText(ticket, "UEFI NVRAM report")}: ${summaryLine(summary)}`, MAX_TITLE),
    heading: ticket === NO_TICKET ? "" : titleText(ticket, ""),
    madeBy: judgedBy(TOOL, asOf, saved),
    sha256: (text) => decodeLatin1(encodeBase64(sha256(encodeUtf8(text)))),
  });
}
