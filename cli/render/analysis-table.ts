/** An analysis for humans: does it start, what is wrong, what to type next. */
import type { InputReport, Summary, VmReport } from "../../rules/report.ts";
import type { Output } from "../output.ts";
import { nextSteps } from "./next-steps.ts";
import { clip, printable } from "./printable.ts";
import type { JudgedInput, ReportWriter } from "./report-writer.ts";
import { stepLines } from "./step-lines.ts";
import type { Style } from "./style.ts";
import { renderTable } from "./table.ts";
import { counted, wrap } from "./text.ts";
import { countedVerdict, needsAttention, VERDICTS, verdictWords } from "./verdicts.ts";
import { vmLines, vmName } from "./vm-block.ts";

export interface Look {
  readonly style: Style;
  readonly columns: number;
  /** Only what is wrong: nothing about what is healthy, no bars, no next steps. */
  readonly quiet: boolean;
}

const MAX_DETAILS = 12;
const MAX_HEALTHY_ROWS = 12;
const MAX_INPUTS_WITH_STEPS = 3;
const MAX_NAME = 60;
const MAX_MESSAGE = 600;

interface Copy {
  readonly path: string;
  readonly vm: VmReport;
}

/** Nothing is written before the end: the worst comes first. */
export function analysisTableWriter(output: Output, look: Look): ReportWriter {
  const inputs: JudgedInput[] = [];
  return {
    input: async (input) => {
      inputs.push(inputs.length === 0 ? input : slim(input));
    },
    end: async (summary) => {
      const lines = analysisLines(inputs, summary, look);
      if (lines.length > 0) await output.write(`${lines.join("\n")}\n`);
    },
  };
}

/** Without the variables of copies that will be one line: a folder may hold thousands. */
function slim(input: JudgedInput): JudgedInput {
  const { report } = input;
  const vms = report.vms.map((vm) =>
    vm.nvram === null || isShownInFull(vm) ? vm : { ...vm, nvram: { ...vm.nvram, variables: [] } },
  );
  return { ...input, report: { ...report, vms } };
}

function isShownInFull(vm: VmReport): boolean {
  return needsAttention(vm) || vm.findings.length > 0;
}

function analysisLines(inputs: readonly JudgedInput[], summary: Summary, look: Look): string[] {
  const copies = inputs
    .flatMap(({ report: { path, vms } }) => vms.map((vm) => ({ path, vm })))
    .sort((a, b) => VERDICTS.indexOf(a.vm.verdict) - VERDICTS.indexOf(b.vm.verdict));
  const full = copies.filter(({ vm }) => isShownInFull(vm) || (copies.length === 1 && !look.quiet));
  const sections = [
    ...inputs.filter(({ failed }) => failed).map(({ report }) => failureLines(report, look)),
    copies.length > 1 ? overviewLines(copies, inputs.length > 1, look) : [],
    ...full.slice(0, MAX_DETAILS).map(({ path, vm }) => vmLines(path, vm, look)),
    moreLine(full.length - MAX_DETAILS, "copies with findings are not shown; --format json has all"),
    look.quiet ? [] : nextStepLines(inputs, look),
    look.quiet || (copies.length === 1 && inputs.length === 1) ? [] : [summaryLine(summary)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .flatMap((lines, i) => (i === 0 ? lines : ["", ...lines]));
}

/** Why an input could not be read. Files of a folder that are no dumps are only counted, in the last line. */
function failureLines({ path, error }: InputReport, { style, columns }: Look): string[] {
  if (error === null) return [];
  const head = `${style.bold(style.red("NOT READ"))}  ${style.bold(clip(printable(path), MAX_NAME))}  ${style.dim(error.code)}`;
  return [head, ...wrap(clip(printable(error.message), MAX_MESSAGE), columns, 2)];
}

function overviewLines(
  copies: readonly Copy[],
  manyInputs: boolean,
  { style, columns, quiet }: Look,
): string[] {
  const healthy = copies.filter(({ vm }) => !isShownInFull(vm));
  const counts = quiet || healthy.length > MAX_HEALTHY_ROWS;
  const shown = counts ? copies.filter(({ vm }) => isShownInFull(vm)) : copies;
  const rows = shown.map(({ path, vm }) => {
    const where = manyInputs && vm.nameLabel !== null ? [style.dim(clip(printable(path), MAX_NAME))] : [];
    const uuid = vm.uuid === null ? [] : [style.dim(printable(vm.uuid))];
    return [
      verdictWords(vm.verdict, style),
      [vmName(path, vm), ...uuid, ...where].join("\n"),
      printable(vm.source),
      findingCounts(vm),
    ];
  });
  const table = renderTable({ head: ["Verdict", "VM", "Copy", "Findings"], rows, flexible: 1, columns });
  return [
    ...table,
    ...(counts && !quiet ? [`and ${counted(healthy.length, "copy", "copies")} without findings`] : []),
  ];
}

function findingCounts({ findings }: VmReport): string {
  if (findings.length === 0) return "none";
  return (["error", "warning", "info"] as const)
    .map((severity) => ({
      severity,
      count: findings.filter((finding) => finding.severity === severity).length,
    }))
    .filter(({ count }) => count > 0)
    .map(({ severity, count }) => (severity === "info" ? `${count} info` : counted(count, severity)))
    .join(", ");
}

function nextStepLines(inputs: readonly JudgedInput[], { style, columns }: Look): string[] {
  const all = inputs
    .map(({ report: { path, format, vms }, advice }) =>
      nextSteps({
        path,
        format,
        vms: vms.map((vm, i) => ({ vm, advice: advice[i] ?? { kind: "nothing" } })),
      }),
    )
    .filter((steps) => steps.length > 0);
  const shown = all.slice(0, MAX_INPUTS_WITH_STEPS).flat();
  if (shown.length === 0) return [];
  const more = moreLine(
    all.length - MAX_INPUTS_WITH_STEPS,
    "inputs need the same; analyze one alone to see its commands",
  );
  return [style.bold("Next steps"), ...stepLines(shown, columns), ...more];
}

function moreLine(count: number, text: string): string[] {
  return count > 0 ? [`… ${count} more ${text}`] : [];
}

function summaryLine({ inputs, vms, sources, byVerdict, failed, unrecognised }: Summary): string {
  const verdicts = VERDICTS.flatMap((verdict) => {
    const count = byVerdict[verdict] ?? 0;
    return count === 0 ? [] : [`${count} ${countedVerdict(verdict)}`];
  });
  const copies = sources === vms ? "" : ` in ${counted(sources, "copy", "copies")}`;
  const parts = [
    `${counted(inputs, "input")}, ${counted(vms, "VM")}${copies}${verdicts.length === 0 ? "" : `: ${verdicts.join(", ")}`}`,
    ...(failed === 0 ? [] : [`${failed} not read`]),
    ...(unrecognised === 0 ? [] : [`${counted(unrecognised, "file")} not recognised as a dump`]),
  ];
  return `${parts.join("; ")}.`;
}
