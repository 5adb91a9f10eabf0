/** One copy of an NVRAM in full: verdict, findings by what they break, space. */
import { basename } from "node:path";
import type { FindingReport, VmReport } from "../../rules/report.ts";
import type { Breaks, Severity } from "../../rules/rule.ts";
import type { Look } from "./analysis-table.ts";
import { clip, printable } from "./printable.ts";
import { spaceBars } from "./space-bars.ts";
import { renderTable } from "./table.ts";
import { counted, wrap } from "./text.ts";
import { severityWord, verdictSentence, verdictWords } from "./verdicts.ts";

const INDENT = 2;
const MAX_NAME = 60;
const MAX_VARIABLE = 24;
const MAX_MESSAGE = 400;
const MAX_OF_A_RULE = 4;

/** The VM's name, else the file's. */
export function vmName(path: string, { nameLabel }: Pick<VmReport, "nameLabel">): string {
  return clip(printable(nameLabel ?? (basename(path) || path)), MAX_NAME);
}

export function vmLines(path: string, vm: VmReport, look: Look): string[] {
  const { style, columns, quiet } = look;
  const facts = factsOf(path, vm);
  const bars = quiet || vm.nvram === null || vm.nvram.variables.length === 0 ? [] : barLines(vm.nvram, look);
  return [
    `${verdictWords(vm.verdict, style)}  ${style.bold(vmName(path, vm))}`,
    ...wrap(facts, columns, INDENT).map(style.dim),
    ...wrap(clip(printable(verdictSentence(vm)), MAX_MESSAGE), columns, INDENT),
    ...findingLines(vm.findings, look),
    ...bars,
  ];
}

function factsOf(path: string, vm: VmReport): string {
  const { uuid, nameLabel, kind, source, secureBoot, nvram } = vm;
  const size = nvram?.bytes ?? null;
  const facts = [
    uuid === null ? "" : `${kind === "unknown" ? "" : `${kind} `}${printable(uuid)}`,
    printable(source),
    nameLabel === null ? "" : clip(printable(path), MAX_NAME),
    size === null ? "" : `${size} bytes`,
    nvram === null || nvram.version === null ? "" : `version ${nvram.version}, ${counted(nvram.variableCount, "variable")}`,
    secureBoot === null ? "" : `Secure Boot ${secureBoot ? "on" : "off"}`,
  ];
  return facts.filter((fact) => fact !== "").join(" · ");
}

function barLines(nvram: NonNullable<VmReport["nvram"]>, { style, columns }: Look): string[] {
  return ["", " ".repeat(INDENT) + style.bold("Space (bytes)"), ...spaceBars(nvram, columns, style, INDENT)];
}

const BROKEN: readonly (readonly [Breaks, string])[] = [
  ["start", "Keeps the VM from starting"],
  ["update", "Breaks later updates"],
  ["secure-boot", "Breaks Secure Boot"],
  ["restore", "Breaks restoring it on a host"],
  [null, "Also noticed"],
];
const SEVERITIES: readonly Severity[] = ["error", "warning", "info"];

function findingLines(findings: readonly FindingReport[], look: Look): string[] {
  return BROKEN.flatMap(([breaks, heading]) => {
    const group = findings.filter((finding) => finding.breaks === breaks);
    if (group.length === 0) return [];
    const sorted = SEVERITIES.flatMap((severity) => group.filter((finding) => finding.severity === severity));
    return ["", " ".repeat(INDENT) + look.style.bold(heading), ...groupTable(sorted, look)];
  });
}

function groupTable(findings: readonly FindingReport[], { style, columns }: Look): string[] {
  const ofRule = new Map<string, number>();
  const shown = findings.filter(({ ruleId }) => {
    const count = (ofRule.get(ruleId) ?? 0) + 1;
    ofRule.set(ruleId, count);
    return count <= MAX_OF_A_RULE;
  });
  const rows = shown.map(({ severity, ruleId, variable, message }) => [
    severityWord(severity, style),
    [ruleId, ...(variable === null ? [] : [style.dim(clip(printable(variable.name), MAX_VARIABLE))])].join("\n"),
    clip(printable(message), MAX_MESSAGE),
  ]);
  const more = [...ofRule].filter(([, count]) => count > MAX_OF_A_RULE);
  return [
    ...renderTable({ rows, flexible: 2, columns, indent: INDENT }),
    ...more.map(([ruleId, count]) => `${" ".repeat(INDENT)}… ${count - MAX_OF_A_RULE} more of ${ruleId}; --format json has all`),
  ];
}
