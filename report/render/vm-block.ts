/** One copy of an NVRAM in full: verdict, findings by what they break, space. */
import type { Firmware } from "../../parsers/model.ts";
import { basename } from "../../parsers/paths.ts";
import type { FindingReport } from "../finding.ts";
import type { FileReport } from "../input.ts";
import { digestLines } from "../provenance.ts";
import type { VmReport } from "../vm.ts";
import { bootSentence } from "./boot-text.ts";
import { byRule, findingGroups } from "./finding-groups.ts";
import { glossaryText } from "./glossary.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { secureBootFact, xapiFact } from "./secure-boot-text.ts";
import { sinceText } from "./since-text.ts";
import { spaceBars, spaceRows } from "./space-bars.ts";
import { counted, wrap } from "./text.ts";
import { severityWord, verdictSentence, verdictWords } from "./verdicts.ts";

const INDENT = 2;
const MESSAGE_INDENT = 4;
const MAX_NAME = 60;
const MAX_VARIABLE = 60;
const MAX_MESSAGE = 400;
const MAX_LIKEWISE = 5;

/** The VM's name, else the file's. */
export function vmName(path: string, { nameLabel }: Pick<VmReport, "nameLabel">): string {
  return clip(printable(nameLabel ?? (basename(path) || path)), MAX_NAME);
}

/** `file` where the copy is all that stands in it. */
export function vmLines(path: string, vm: VmReport, look: Look, file: FileReport | null = null): string[] {
  const { style, columns, quiet } = look;
  const facts = vmFacts(path, vm);
  const bars =
    quiet || vm.nvram === null || vm.nvram.variables.length === 0 || spaceRows(vm.nvram).length === 0
      ? []
      : barLines(vm.nvram, look);
  return [
    `${verdictWords(vm.verdict, style, vm)}  ${style.bold(vmName(path, vm))}`,
    ...wrap(facts, columns, INDENT).map(style.dim),
    ...(quiet ? [] : digestLines(vm.nvram, file)).map((line) => style.dim(" ".repeat(INDENT) + line)),
    ...wrap(clip(printable(verdictSentence(vm)), MAX_MESSAGE), columns, INDENT),
    ...(vm.boot === undefined
      ? []
      : wrap(clip(printable(bootSentence(vm.boot)), MAX_MESSAGE), columns, INDENT)),
    ...(vm.since === undefined ? [] : wrap(sinceText(vm.since, vm), columns, INDENT)),
    ...findingLines(vm.findings, look, vm.firmware),
    ...glossaryLines(vm.findings, look),
    ...bars,
  ];
}

/** What identifies a copy, and its size: printable. */
export function vmFacts(path: string, vm: VmReport): string {
  const { uuid, nameLabel, kind, source, nvram } = vm;
  const size = nvram?.bytes ?? null;
  const facts = [
    uuid === null ? "" : `${kind === "unknown" ? "" : `${kind} `}${printable(uuid)}`,
    printable(source),
    nameLabel === null ? "" : clip(printable(path), MAX_NAME),
    size === null ? "" : `${size} bytes`,
    nvram === null || nvram.version === null
      ? ""
      : `version ${nvram.version}, ${counted(nvram.variableCount, "variable")}`,
    secureBootFact(vm),
    xapiFact(vm),
    nvram?.refusal == null ? "" : `refused at byte ${nvram.refusal.offset}`,
  ];
  return facts.filter((fact) => fact !== "").join(" · ");
}

function barLines(nvram: NonNullable<VmReport["nvram"]>, { style, columns }: Look): string[] {
  return ["", " ".repeat(INDENT) + style.bold("Space (bytes)"), ...spaceBars(nvram, columns, style, INDENT)];
}

function glossaryLines(findings: readonly FindingReport[], { style, columns, quiet }: Look): string[] {
  const text = quiet ? "" : glossaryText(findings);
  return text === "" ? [] : ["", ...wrap(text, columns, INDENT).map(style.dim)];
}

/** By what they break, the worst first. */
export function findingLines(
  findings: readonly FindingReport[],
  look: Look,
  firmware: Firmware = null,
): string[] {
  return findingGroups(findings, firmware).flatMap(({ heading, findings: group }) => [
    "",
    " ".repeat(INDENT) + look.style.bold(heading),
    ...byRule(group).flatMap((ofRule) => ruleLines(ofRule, look)),
  ]);
}

/** One row a rule: its first finding in full, the variables of the others by name. */
function ruleLines(
  [first, ...others]: readonly [FindingReport, ...FindingReport[]],
  { style, columns }: Look,
): string[] {
  const head = `${severityWord(first.severity, style)}  ${first.ruleId}`;
  const text = clip(printable(first.message), MAX_MESSAGE) + likewise(others);
  return [" ".repeat(INDENT) + head, ...wrap(text, columns, MESSAGE_INDENT)];
}

/** The variables that a rule found besides its first. The text is printable. */
export function likewise(others: readonly FindingReport[]): string {
  if (others.length === 0) return "";
  const names = others.flatMap((finding) => {
    const name = placeName(finding);
    return name === null ? [] : [clip(printable(name), MAX_VARIABLE)];
  });
  if (names.length === 0) return ` And ${others.length} more like it.`;
  const shown = [...new Set(names)].slice(0, MAX_LIKEWISE);
  const more = others.length - shown.length;
  return ` Likewise ${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}.`;
}

/** What a finding is about, for a list: a certificate by its name, a variable, a file. */
export function placeName({ variable, path, facts }: FindingReport): string | null {
  const name = variable?.name ?? fileOf(path, facts);
  const { certificate } = facts;
  return typeof certificate === "string" && name !== null ? `${certificate} in ${name}` : name;
}

/** For a finding about a boot loader: the file on the disk. Null for others: their paths are those of the model, which people do not know. */
function fileOf(path: string, { path: file, entry }: FindingReport["facts"]): string | null {
  const name = path.endsWith(".boot") ? (file ?? entry) : null;
  return name == null ? null : String(name);
}
