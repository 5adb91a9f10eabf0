/** Compares a run with an earlier report (`--baseline`). */
import { type Misfit, misfitOf, notLike } from "../../parsers/text/json-misfit.ts";
import type { EarlierInput, FilePlace, KnownCopies } from "../../report/baseline/known-copies.ts";
import type { BaselineReport } from "../../report/baseline/report.ts";
import { gotWorse, type SinceReport } from "../../report/baseline/since.ts";
import { worse } from "../../report/exit-codes.ts";
import type { FindingReport } from "../../report/finding.ts";
import type { InputReport } from "../../report/input.ts";
import type { JudgedInput } from "../../report/render/report-writer.ts";
import { checkEarlierResult } from "../../report/schemas/checks.generated.ts";
import type { Severity } from "../../rules/engine/rule.ts";
import type { Task } from "./task.ts";

/** An earlier report, read as a whole. */
export interface EarlierReport {
  readonly path: string;
  readonly version: string | null;
  readonly known: KnownCopies;
  readonly isWhole: boolean;
}

export class Baseline {
  readonly #opened: EarlierReport;
  readonly #findings = { new: 0, fixed: 0, unchanged: 0 };
  readonly #copies = { new: 0, changed: 0, unchanged: 0 };
  #worse = 0;

  constructor(opened: EarlierReport) {
    this.#opened = opened;
  }

  /** The same input, with what changed since then. Only new or worse findings count for the exit code. */
  compare(judged: JudgedInput, task: Task): JudgedInput {
    const { report, tally } = judged;
    const { input, vms } = this.#opened.known.compare(report, placeOf(task, report.path));
    let worst = this.#count(report.findings, input);
    const told = report.vms.map((vm, i) => {
      const since = vms[i]!;
      worst = worse(worst, this.#count(vm.findings, since));
      this.#copies[since.status]++;
      if (gotWorse(since.verdict, vm.verdict)) {
        this.#worse++;
        worst = "error";
      }
      return { ...vm, since };
    });
    return { ...judged, report: { ...report, since: input, vms: told }, tally: { ...tally, worst } };
  }

  report(): BaselineReport {
    const { path, version, known, isWhole } = this.#opened;
    return {
      file: path,
      version,
      ...this.#findings,
      worse: this.#worse,
      copies: this.#copies,
      gone: isWhole ? known.gone() : null,
    };
  }

  /** Returns the loudest new finding. */
  #count(findings: readonly FindingReport[], since: SinceReport): Severity | null {
    this.#findings.new += since.newFindings.length;
    this.#findings.fixed += since.fixedFindings.length;
    this.#findings.unchanged += since.unchanged;
    return since.newFindings.reduce<Severity | null>((worst, index) => {
      const finding = findings[index];
      return finding?.ignored === undefined ? worse(worst, finding?.severity ?? null) : worst;
    }, null);
  }
}

/** `path`: that of the task's file, or of a member of that archive. */
export function placeOf(task: Task, path: string): FilePlace {
  if (task.kind === "folder-end") return { path, below: path, isNamed: true };
  return { path, below: task.below + path.slice(task.path.length), isNamed: task.isNamed };
}

/** For reports that people read: only copies that are new or changed. Reports for programs keep all copies, to be the next baseline. */
export function onlyChanged(judged: JudgedInput): JudgedInput {
  const { report, advice, digests } = judged;
  const places = [...report.vms.keys()].filter((i) => report.vms[i]?.since?.status !== "unchanged");
  const pick = <T>(values: readonly T[]): T[] =>
    places.flatMap((i) => (values[i] === undefined ? [] : [values[i]]));
  const findings = newFindings(report.findings, report.since);
  const certificates = findings.length === 0 ? [] : report.certificates;
  const vms = pick(report.vms);
  const file = findings.length + vms.length === 0 ? null : report.file;
  return {
    ...judged,
    report: { ...report, file, findings, certificates, vms },
    advice: pick(advice),
    digests: pick(digests),
  };
}

/** For CI and code scanning: every copy, with only its new findings. */
export function onlyNewFindings(judged: JudgedInput): JudgedInput {
  const { report } = judged;
  const vms = report.vms.map((vm) => ({ ...vm, findings: newFindings(vm.findings, vm.since) }));
  const findings = newFindings(report.findings, report.since);
  const isNew = findings.length > 0 || vms.some((vm) => vm.findings.length > 0);
  return { ...judged, report: { ...report, file: isNew ? report.file : null, findings, vms } };
}

function newFindings(
  findings: readonly FindingReport[],
  since: SinceReport | undefined,
): readonly FindingReport[] {
  if (since === undefined) return findings;
  const places = new Set(since.newFindings);
  return findings.filter((_finding, i) => places.has(i));
}

type Fields = Readonly<Record<string, unknown>>;

/** The version of varscope that wrote the report; null where `tool` does not say. */
export function writtenBy(tool: string): string | null {
  return textOf(parsed(tool)?.["version"]);
}

/** The parsed JSON object; null for anything else. */
function parsed(text: string): Fields | null {
  try {
    return fieldsOf(JSON.parse(text));
  } catch {
    return null;
  }
}

function fieldsOf(value: unknown): Fields | null {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** Adds one input of the earlier report. Null where its JSON is valid, else what is wrong with it. An input that could not be read then is left out. */
export function addEarlierInput(text: string, known: KnownCopies): Misfit | null {
  const fields = parsed(text);
  const misfit = fields === null ? notLike("", "an object of JSON") : misfitOf(checkEarlierResult, fields);
  if (misfit !== null) return misfit;
  const input = earlierInput(fields as unknown as InputReport);
  const { findings, vms } = input;
  const isRead = (fields?.["error"] ?? null) === null;
  if (isRead || findings.length + vms.length > 0) known.add(input);
  return null;
}

function earlierInput({ path, findings, vms }: InputReport): EarlierInput {
  return {
    path,
    findings: findings.map(earlierFinding),
    vms: vms.map(({ uuid = null, nameLabel = null, source, verdict, backup, findings: ofVm }) => {
      const file = textOf((backup as Fields | null | undefined)?.["file"]);
      return { uuid, nameLabel, source, verdict, file, findings: ofVm.map(earlierFinding) };
    }),
  };
}

/** The fields of a finding that are compared; the others are not kept in memory. */
function earlierFinding({ ruleId, variable = null }: FindingReport): EarlierInput["findings"][number] {
  if (variable === null) return { ruleId, variable };
  const { name, nameHex, guid = null } = variable;
  return { ruleId, variable: { name, ...(nameHex === undefined ? {} : { nameHex }), guid } };
}

function textOf(value: unknown): string | null {
  return typeof value === "string" ? value : null;
}
