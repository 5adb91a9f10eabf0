/** An analysis for humans: does it start, what is wrong, what to type next. */
import { ignoredLines } from "../../report/filter/report.ts";
import type { InputReport } from "../../report/input.ts";
import { judgedBy, type SavedFrom, type Ticket, titleText } from "../../report/provenance.ts";
import type { NextStepsReport } from "../../report/remedies/next-steps.ts";
import { certificatesText, isPoolUnready, poolText } from "../../report/render/certificates-text.ts";
import { hostLines } from "../../report/render/host-text.ts";
import type { Look } from "../../report/render/look.ts";
import { nextStepLines } from "../../report/render/next-steps-text.ts";
import type { Output } from "../../report/render/output.ts";
import { clip, printable } from "../../report/render/printable.ts";
import { withoutRepeated } from "../../report/render/repeated-copies.ts";
import type { AskedSections, JudgedInput, ReportWriter } from "../../report/render/report-writer.ts";
import { machinesLine, summaryLine } from "../../report/render/summary-line.ts";
import { moreLine, wrap } from "../../report/render/text.ts";
import { isShownInFull, VERDICTS } from "../../report/render/verdicts.ts";
import { findingLines, vmLines } from "../../report/render/vm-block.ts";
import type { Report } from "../../report/report.ts";
import { MAX_TOLD_IN_FULL } from "../../report/told-in-full.ts";
import { TOOL } from "../../report/tool.ts";
import { FOREIGN_HEADING, foreignName } from "../../report/unclaimed.ts";

/** With --details. */
const MAX_DETAILS = 1000;
const MAX_NAME = 60;
const MAX_MESSAGE = 600;
const MAX_FOREIGN = 5;

export interface TableHeading {
  readonly ticket: Ticket;
  readonly saved: SavedFrom | null;
  /** `YYYY-MM-DD` */
  readonly asOf: string;
}

export interface TableLook extends Look {
  /** Whether each copy is told in full; null: where they are few. */
  readonly details: boolean | null;
}

/** Only of a report that was given a name: it is for somebody else. */
function headingLines({ ticket, saved, asOf }: TableHeading, { style, columns }: Look): string[] {
  if (saved === null && ticket.title === null && ticket.referenceId === null) return [];
  const title = titleText(ticket, "UEFI NVRAM report");
  return [
    ...wrap(title, columns).map(style.bold),
    ...wrap(judgedBy(TOOL, asOf, saved), columns).map(style.dim),
    "",
  ];
}

/** Nothing is written before the end: the worst comes first. */
export function analysisTableWriter(output: Output, look: TableLook, heading: TableHeading): ReportWriter {
  const inputs: JudgedInput[] = [];
  return {
    input: async (input) => void inputs.push(input),
    end: async (summary, timelines, asked) => {
      const lines = [
        ...headingLines(heading, look),
        ...(await analysisLines(inputs, { summary, timelines, ...asked }, look)),
      ];
      if (lines.length > 0) await output.write(`${lines.join("\n")}\n`);
    },
  };
}

async function analysisLines(
  inputs: readonly JudgedInput[],
  {
    summary,
    timelines,
    timelineCopiesLeftOut,
    clusters,
    baseline,
    nextSteps = [],
    ignored,
    causes,
  }: Pick<Report, "summary" | "timelines"> & AskedSections,
  look: TableLook,
): Promise<string[]> {
  const all = inputs.flatMap(({ report: { path, file, vms } }) =>
    vms.map((vm) => ({ path, vm, file: vms.length === 1 ? file : null })),
  );
  const copies = [...withoutRepeated(all)].sort(
    (a, b) => VERDICTS.indexOf(a.vm.verdict) - VERDICTS.indexOf(b.vm.verdict),
  );
  const full = copies.filter(
    ({ vm }) => isShownInFull(vm) || vm.since?.status === "changed" || (copies.length === 1 && !look.quiet),
  );
  const isMany = copies.length > MAX_TOLD_IN_FULL;
  const maxDetails =
    look.details === true ? MAX_DETAILS : look.details === false || isMany ? 0 : MAX_TOLD_IN_FULL;
  const sections = [
    ...(await headSections(
      { summary, timelines, causes, nextSteps },
      { isMany, count: copies.length },
      look,
    )),
    ...inputs.filter(({ tally }) => tally.failed).map(({ report }) => failureLines(report, look)),
    look.quiet ? [] : foreignLines(inputs, look),
    ...inputs.map(({ report }) => inputLines(report, look)),
    timelines.length === 0
      ? []
      : (await import("../../report/render/timeline-text.ts")).timelineLines(timelines, look),
    // One copy alone needs no table, and is not kept waiting until one is loaded.
    copies.length > 1 ? (await import("./overview.ts")).overviewLines(copies, inputs.length > 1, look) : [],
    clusters === undefined ? [] : await askedLines({ clusters }, look),
    ...full.slice(0, maxDetails).map(({ path, vm, file }) => vmLines(path, vm, look, file)),
    maxDetails === 0
      ? []
      : moreLine(full.length - maxDetails, "copies with findings are not shown; --format json has all"),
    timelineCopiesLeftOut === undefined ? [] : await askedLines({ timelineCopiesLeftOut }, look),
    look.quiet ? [] : stepSection(nextSteps, look),
    baseline === undefined ? [] : await askedLines({ baseline }, look),
    !look.quiet && copies.length === 1 && inputs.length === 1 ? [] : [summaryLine(summary)],
    ignoredLines(ignored).flatMap((line) => wrap(line, look.columns)),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

interface HeadAsked {
  readonly causes: AskedSections["causes"] | undefined;
  readonly nextSteps: readonly NextStepsReport[];
}

/** What the first screen of many copies begins with: their timelines in a sentence, how many VMs, and why. */
async function headSections(
  { summary, timelines, causes, nextSteps }: Pick<Report, "summary" | "timelines"> & HeadAsked,
  { isMany, count }: { readonly isMany: boolean; readonly count: number },
  look: TableLook,
): Promise<string[][]> {
  const { style, columns, quiet } = look;
  const head =
    timelines.length === 0
      ? null
      : (await import("../../report/render/timeline-head.ts")).timelineHead(timelines);
  const ofTimelines = head === null ? [] : wrap(head, columns).map(style.bold);
  if (quiet || count === 0 || !(isMany || look.details === false)) return [ofTimelines];
  const { causeLines } = await import("../../report/render/causes-text.ts");
  const told = causeLines(causes ?? null, nextSteps, look);
  return [
    [...ofTimelines, ...wrap(machinesLine(summary), columns).map(style.bold)],
    told.length === 0 ? [] : [style.bold("Causes"), ...told],
  ];
}

async function askedLines(asked: AskedSections, look: Look): Promise<string[]> {
  const { askedTexts } = await import("../../report/render/asked-text.ts");
  return askedTexts(asked, look).flatMap(({ heading, lines }) => [look.style.bold(heading), ...lines]);
}

/** Why an input could not be read. Files of a folder that are no dumps are only counted, in the last line. */
function failureLines({ path, error }: InputReport, { style, columns }: Look): string[] {
  if (error === null) return [];
  const head = `${style.bold(style.red("NOT READ"))}  ${style.bold(clip(printable(path), MAX_NAME))}  ${style.dim(error.code)}`;
  return [head, ...wrap(clip(printable(error.message), MAX_MESSAGE), columns, 2)];
}

/** Files of a folder that other hypervisors keep of their VMs: somebody took them for dumps. */
function foreignLines(inputs: readonly JudgedInput[], { style, columns }: Look): string[] {
  const foreign = inputs.filter(({ tally }) => tally.isForeign);
  if (foreign.length === 0) return [];
  return [
    style.bold(FOREIGN_HEADING),
    ...foreign.slice(0, MAX_FOREIGN).flatMap(({ report: { path, error } }) => {
      const told = `${clip(printable(path), MAX_NAME)}: ${printable(foreignName(error) ?? "")}`;
      return wrap(told, columns, 2);
    }),
    ...moreLine(foreign.length - MAX_FOREIGN, "files of other hypervisors"),
  ];
}

/** What is to say of an input besides its VMs: what is wrong, and what new VMs get. */
function inputLines(report: InputReport, look: Look): string[] {
  const { path, findings, certificates, poolReadiness } = report;
  const about = hostLines(report, look);
  const planting = certificates.filter(({ active }) => active !== false);
  if (
    findings.length === 0 &&
    (look.quiet || (about.length + planting.length === 0 && !isPoolUnready(report)))
  )
    return [];
  return [
    look.style.bold(clip(printable(path), MAX_NAME)),
    ...planting.flatMap((set) => wrap(certificatesText(set), look.columns, 2).map(look.style.dim)),
    ...(poolReadiness === undefined || (planting.length === 0 && !isPoolUnready(report))
      ? []
      : wrap(poolText(poolReadiness), look.columns, 2).map(look.style.dim)),
    ...about,
    ...findingLines(findings, look),
  ];
}

function stepSection(nextSteps: readonly NextStepsReport[], { style, columns }: Look): string[] {
  if (nextSteps.length === 0) return [];
  return [style.bold("Next steps"), ...nextStepLines(nextSteps, columns, style.bold)];
}
