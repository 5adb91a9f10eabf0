/** A report for a ticket: short enough for one comment, the worst first, nothing of an input taken for Markdown. */
import type { Firmware } from "../../parsers/model.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import { ignoredLines } from "../filter/report.ts";
import { type FindingReport, shownFindings } from "../finding.ts";
import type { InputReport } from "../input.ts";
import {
  fileFacts,
  judgedBy,
  NO_TICKET,
  type SavedFrom,
  type Ticket,
  ToldFiles,
  titleText,
} from "../provenance.ts";
import type { NextStepsReport } from "../remedies/next-steps.ts";
import type { RunSummary } from "../summary.ts";
import type { TimelineReport } from "../timeline/report.ts";
import { MAX_TOLD_IN_FULL } from "../told-in-full.ts";
import { TOOL } from "../tool.ts";
import { FOREIGN_HEADING, foreignName } from "../unclaimed.ts";
import type { VmReport } from "../vm.ts";
import { askedTexts } from "./asked-text.ts";
import { bootSentence } from "./boot-text.ts";
import { causeLines } from "./causes-text.ts";
import { isPoolUnready, poolText } from "./certificates-text.ts";
import { byRule, findingCounts, findingGroups } from "./finding-groups.ts";
import { hostTexts } from "./host-text.ts";
import { plainLook } from "./look.ts";
import { markdownBlock, markdownCode, markdownText, withCommands } from "./markdown-text.ts";
import { type ToldStep, toldRemedies } from "./next-steps-text.ts";
import type { Output } from "./output.ts";
import { clip } from "./printable.ts";
import type { AskedSections, ReportWriter } from "./report-writer.ts";
import { xapiFact } from "./secure-boot-text.ts";
import { spaceFigures, spaceRows } from "./space-bars.ts";
import { summaryLine } from "./summary-line.ts";
import { counted } from "./text.ts";
import { timelineLines } from "./timeline-text.ts";
import { isShownInFull, VERDICTS, verdictLabel, verdictSentence } from "./verdicts.ts";
import { likewise, vmName } from "./vm-block.ts";

/** A comment on GitHub takes 65536 characters, the next smaller of its kind half of it: sections stop before that. */
const MAX_LENGTH = 30_000;
const MAX_ROWS = 60;
const MAX_SECTIONS = 12;
const MAX_FAILURES = 20;
const MAX_FILES = 20;
const MAX_NAME = 120;
const MAX_TEXT = 400;

export interface MarkdownSettings {
  /** `YYYY-MM-DD` */
  readonly asOf: string;
  /** Without healthy copies and next steps. */
  readonly quiet: boolean;
  readonly ticket?: Ticket;
  readonly saved?: SavedFrom | null;
}

/** The first and worst of many; of the others only their number is kept. */
class Worst {
  readonly #kept: { readonly verdict: Verdict; readonly lines: readonly string[] }[] = [];
  readonly #limit: number;
  left = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(verdict: Verdict, lines: () => readonly string[]): void {
    const rank = VERDICTS.indexOf(verdict);
    const at = this.#kept.findIndex((kept) => VERDICTS.indexOf(kept.verdict) > rank);
    if (this.#kept.length === this.#limit) {
      this.left++;
      if (at === -1) return;
      this.#kept.pop();
    }
    this.#kept.splice(at === -1 ? this.#kept.length : at, 0, { verdict, lines: lines() });
  }

  get lines(): (readonly string[])[] {
    return this.#kept.map(({ lines }) => lines);
  }
}

/** Nothing is written before the end, and only so much is kept until then. */
export function markdownWriter(output: Output, settings: MarkdownSettings): ReportWriter {
  const rows = new Worst(MAX_ROWS);
  const sections = new Worst(MAX_SECTIONS);
  const failures = new Worst(MAX_FAILURES);
  const foreign = new Worst(MAX_FAILURES);
  const files = new Worst(MAX_FILES);
  const toldFiles = new ToldFiles();
  return {
    input: async ({ report, tally }) => {
      const { path, error, findings, vms, host } = report;
      const file = settings.quiet ? null : toldFiles.take(report, tally.isClaimed);
      if (file !== null) files.add("healthy", () => [`- ${name(path)}: ${fileFacts(file)}`]);
      if (tally.failed && error !== null)
        failures.add("unreadable", () => [`- ${name(path)}: ${text(error.message)}`]);
      if (tally.isForeign && !settings.quiet)
        foreign.add("unreadable", () => [`- ${name(path)}: ${text(foreignName(error) ?? "")}`]);
      if (shownFindings(findings).length > 0 || (!settings.quiet && isPoolUnready(report)))
        sections.add("at-risk", () => wholeSection(report));
      const told = host === undefined ? [] : hostTexts(host, settings.quiet);
      if (told.length > 0) sections.add("at-risk", () => hostSection(path, told));
      for (const vm of vms) {
        if (isShownInFull(vm)) sections.add(vm.verdict, () => vmSection(path, vm));
        if (isShownInFull(vm) || !settings.quiet) rows.add(vm.verdict, () => [row(path, vm)]);
      }
    },
    end: async (summary, timelines, { nextSteps = [], ...asked } = {}) => {
      const blocks: (readonly string[])[] = [
        headBlock(summary, settings),
        settings.quiet ? [] : causesBlock(asked, summary, nextSteps),
        tableBlock(rows),
        failuresBlock("Not read", failures),
        failuresBlock(FOREIGN_HEADING, foreign),
        timelinesBlock(timelines, settings),
        filesBlock(files),
        ...askedTexts(asked, plainLook(settings.quiet)).map(({ heading, lines }) => [
          `## ${heading}`,
          "",
          ...markdownBlock(lines),
        ]),
      ];
      const ending = stepsBlock(nextSteps);
      let room = MAX_LENGTH - lengthOf([...blocks, ending]);
      for (const section of sections.lines) {
        room -= lengthOf([section]);
        if (room < 0) sections.left++;
        else blocks.push(section);
      }
      if (sections.left > 0)
        blocks.push([
          `${counted(sections.left, "more section")} left out; \`--format html\` or \`json\` has all.`,
        ]);
      const written = [
        ...blocks,
        ending,
        ignoredLines(asked.ignored).map((line) => `- ${markdownText(line)}`),
      ].filter((lines) => lines.length > 0);
      await output.write(`${written.map((lines) => lines.join("\n")).join("\n\n")}\n`);
    },
  };
}

function lengthOf(blocks: readonly (readonly string[])[]): number {
  return blocks.flat().reduce((sum, line) => sum + line.length + 1, 0);
}

function text(value: string): string {
  return markdownText(clip(value, MAX_TEXT));
}

function name(value: string): string {
  return markdownCode(clip(value, MAX_NAME));
}

function headBlock(
  summary: RunSummary,
  { asOf, ticket = NO_TICKET, saved = null }: MarkdownSettings,
): string[] {
  return [
    `# ${markdownText(titleText(ticket, "UEFI NVRAM report"))}`,
    "",
    `${summaryLine(summary)} ${judgedBy(TOOL, asOf, saved)}`,
  ];
}

/** The section on causes, for reports with too many copies to read each. */
function causesBlock(
  { causes = null }: AskedSections,
  { sources }: RunSummary,
  nextSteps: readonly NextStepsReport[],
): string[] {
  const lines = sources > MAX_TOLD_IN_FULL ? causeLines(causes, nextSteps, plainLook(false)) : [];
  return lines.length === 0 ? [] : ["## Causes", "", ...markdownBlock(lines)];
}

function tableBlock(rows: Worst): string[] {
  if (rows.lines.length === 0) return [];
  const head = ["| Verdict | VM | UUID | Copy | Findings | Input |", "|---|---|---|---|---|---|"];
  const more = rows.left > 0 ? ["", `… and ${counted(rows.left, "more copy", "more copies")}.`] : [];
  return [...head, ...rows.lines.flat(), ...more];
}

function row(path: string, vm: VmReport): string {
  const { verdict, uuid, source, findings } = vm;
  const cells = [
    verdictLabel(verdict, vm),
    name(vmName(path, vm)),
    uuid === null ? "" : name(uuid),
    name(source),
    findingCounts(findings),
    name(path),
  ];
  return `| ${cells.join(" | ")} |`;
}

function failuresBlock(heading: string, failures: Worst): string[] {
  if (failures.lines.length === 0) return [];
  const more = failures.left > 0 ? [`- … and ${failures.left} more`] : [];
  return [`## ${heading}`, "", ...failures.lines.flat(), ...more];
}

/** What was read, so that anybody can tell whether it is the same. */
function filesBlock(files: Worst): string[] {
  if (files.lines.length === 0) return [];
  const more = files.left > 0 ? [`- … and ${files.left} more`] : [];
  return ["## Files", "", ...files.lines.flat(), ...more];
}

/** What is wrong with a pool or host as a whole. */
function wholeSection({ path, findings, poolReadiness }: InputReport): string[] {
  const pool = poolReadiness === undefined ? [] : ["", text(poolText(poolReadiness))];
  return [`## ${name(path)}`, ...pool, ...findingBlocks(findings)];
}

/** What logs and lists of a host tell. */
function hostSection(path: string, told: readonly string[]): string[] {
  const isItem = (line: string | undefined): boolean => line?.startsWith("  ") === true;
  return [
    `## Logs and packages of the host: ${name(path)}`,
    ...told.flatMap((line, i) => {
      if (!isItem(line)) return ["", text(line)];
      return [...(isItem(told[i - 1]) ? [] : [""]), `- ${text(line.trim())}`];
    }),
  ];
}

function vmSection(path: string, vm: VmReport): string[] {
  const { uuid, source, nvram, findings } = vm;
  const sha256 = nvram?.sha256 ?? null;
  const digest = sha256 === null ? "" : `SHA-256 ${name(sha256)}`;
  const identity = [
    uuid === null ? "" : name(uuid),
    name(source),
    name(path),
    digest,
    text(xapiFact(vm)),
  ].filter((part) => part !== "");
  const space =
    nvram === null || nvram.variables.length === 0 || spaceRows(nvram).length === 0
      ? []
      : [
          "",
          "### Space in bytes",
          "",
          ...spaceRows(nvram).map((one) => `- ${name(one.name)}: ${spaceFigures(one)}`),
        ];
  return [
    `## ${verdictLabel(vm.verdict, vm)}: ${name(vmName(path, vm))}`,
    "",
    identity.join(" · "),
    "",
    text(verdictSentence(vm)),
    ...(vm.boot === undefined ? [] : ["", text(bootSentence(vm.boot))]),
    ...findingBlocks(findings, vm.firmware),
    ...space,
  ];
}

function findingBlocks(findings: readonly FindingReport[], firmware: Firmware = null): string[] {
  return findingGroups(findings, firmware).flatMap(({ heading, findings: group }) => [
    "",
    `### ${heading}`,
    "",
    ...byRule(group).map(findingLine),
  ]);
}

function findingLine([first, ...others]: readonly [FindingReport, ...FindingReport[]]): string {
  const { ruleId, severity, message } = first;
  return `- **${severity.toUpperCase()}** \`${ruleId}\`: ${text(message)}${markdownText(likewise(others))}`;
}

function timelinesBlock(timelines: readonly TimelineReport[], { quiet }: MarkdownSettings): string[] {
  const lines = timelineLines(timelines, plainLook(quiet));
  return lines.length === 0 ? [] : ["## Backups over time", "", ...markdownBlock(lines)];
}

function stepsBlock(nextSteps: readonly NextStepsReport[]): string[] {
  const told = toldRemedies(nextSteps);
  if (told.length === 0) return [];
  return [
    "## Next steps",
    ...told.flatMap(({ heading, ways }) => [
      "",
      `### ${markdownText(heading)}`,
      ...ways.flatMap(({ label, steps }) => [
        ...(label === null ? [] : ["", `**${markdownText(label)}**`]),
        ...steps.flatMap(stepBlock),
      ]),
    ]),
  ];
}

function stepBlock({ text: sentence, before, commands, after }: ToldStep, i: number): string[] {
  const mark = `${i + 1}. `;
  const indent = mark.replaceAll(/./g, " ");
  const paragraph = (line: string): string[] => ["", indent + withCommands(line, markdownText)];
  const block = commands.length === 0 ? [] : ["", ...markdownBlock(commands).map((line) => indent + line)];
  return [
    "",
    mark + withCommands(sentence, markdownText),
    ...before.flatMap(paragraph),
    ...block,
    ...after.flatMap(paragraph),
  ];
}
