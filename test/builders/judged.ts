/** Inputs as a writer of reports gets them, made by hand: names and paths may be anything. */

import type { FindingReport } from "../../report/finding.ts";
import type { InputReport } from "../../report/input.ts";
import { MachineCounter } from "../../report/machines.ts";
import { needsOfInput } from "../../report/remedies/collector.ts";
import { NextStepsBuilder } from "../../report/remedies/next-steps.ts";
import type { Output } from "../../report/render/output.ts";
import type { InputTally, JudgedInput, ReportWriter } from "../../report/render/report-writer.ts";
import { SummaryCounter } from "../../report/summary.ts";
import { tallyOf } from "../../report/tally.ts";
import type { BackupReport, VmReport } from "../../report/vm.ts";

export function findingReportOf(fields: Partial<FindingReport> = {}): FindingReport {
  return {
    ruleId: "wrong-signature-owner",
    severity: "error",
    breaks: "update",
    variable: { name: "db", guid: "d719b2cb-3d3a-4596-a3bc-dad00e67656f" },
    path: "vms[0].NVRAM.EFI-variables.variables[3].data",
    span: { start: 512, end: 812 },
    message: "db has the owner of another.",
    facts: {},
    repair: { applicability: "safe", title: "Set the owner" },
    ...fields,
  };
}

/** `vms[].backup` of a backup that tells nothing of itself. */
export function backupReportOf(fields: Partial<BackupReport> = {}): BackupReport {
  return {
    vmUuid: null,
    timestamp: null,
    mode: null,
    jobId: null,
    scheduleId: null,
    xva: null,
    file: null,
    restorable: { ok: null, problems: [] },
    ...fields,
  };
}

export function vmReportOf(fields: Partial<VmReport> = {}): VmReport {
  const variable = { index: 0, name: "dbx", guid: null, attributes: 7, bytes: 60_000, timestamp: null };
  return {
    uuid: "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01",
    nameLabel: "files",
    kind: "vm",
    source: "NVRAM",
    firmware: "uefi",
    secureBoot: true,
    secureBootSetting: true,
    xapiState: null,
    readiness: "certs_incomplete",
    nvram: {
      state: "present",
      version: 2,
      bytes: 60_100,
      sha256: "ab".repeat(32),
      variableCount: 1,
      usedBytes: 60_134,
      limitBytes: 131_072,
      runtimeBytes: 1583,
      loads: true,
      refusal: null,
      variables: [variable],
    },
    backup: null,
    verdict: "at-risk",
    findings: [],
    ...fields,
  };
}

export function judgedInputOf(
  fields: Partial<InputReport> = {},
  tally: Partial<InputTally> = {},
): JudgedInput {
  const report: InputReport = {
    path: "files.xva",
    place: 0,
    format: "xva",
    file: { bytes: 1_048_576, modified: "2026-11-20T10:00:00Z", sha256: null },
    error: null,
    findings: [],
    certificates: [],
    skipped: { controlDomains: 0, defaultTemplates: 0 },
    vms: [],
    ...fields,
  };
  return { report, advice: [], digests: [], tally: { ...tallyOf(report, true), ...tally } };
}

/** What a writer writes of these inputs. */
export async function writtenBy(
  make: (output: Output) => ReportWriter,
  inputs: readonly JudgedInput[],
  isQuiet = false,
): Promise<string> {
  const pieces: string[] = [];
  const write = async (text: string): Promise<void> => void pieces.push(text);
  const writer = make({ isTerminal: false, columns: undefined, write, finish: async () => {} });
  const counter = new SummaryCounter();
  const machines = new MachineCounter(100);
  const builder = new NextStepsBuilder("varscope");
  for (const [i, input] of inputs.entries()) {
    const { report, advice } = input;
    const needs = needsOfInput(report, advice, report.error !== null && input.tally.failed, null);
    builder.add({ input: i, path: report.path, format: report.format, needs, products: null });
    const tally = tallyOf(input.report, true);
    counter.merge(tally.summary);
    machines.merge(tally.machines);
    await writer.input(input);
  }
  const nextSteps = isQuiet ? [] : builder.end();
  await writer.end({ ...counter.summary, ...machines.counts }, [], { nextSteps });
  return pieces.join("");
}

/** What somebody may call a VM, a variable or a file to harm who reads a report of it. */
export const HOSTILE_TEXTS: readonly string[] = [
  "<script>alert(1)</script>",
  '" onload="alert(1)',
  "]]>&amp;<!-- -->",
  "a|b|c\n\n# heading",
  "`code` **bold** [x](javascript:alert(1)) ![i](http://evil.example/i.png)",
  "@somebody http://evil.example www.evil.example",
  "\u0000\u001b[31m\u0085\u2028\u202e",
  "\ud800 \udfff lone",
  "\ufffe\uffff",
  "```\nfence",
  "{0} {name}",
  "",
  "%00../../x y#?",
];

/** Every text of these inputs that comes from a dump. */
export function hostileInput(text: string): JudgedInput {
  const finding = findingReportOf({
    message: `The variable ${text} is odd.`,
    path: `vms[0].${text}`,
    variable: { name: text, guid: null },
    repair: { applicability: "manual", title: text },
  });
  const findings = [finding, { ...finding, severity: "info" as const, breaks: null }];
  const vm = vmReportOf({ nameLabel: text, uuid: text, source: text, findings });
  const error = { code: "bad-structure", message: text, path: text, offset: null };
  return judgedInputOf({
    path: text,
    error,
    findings,
    vms: [vm, vmReportOf({ nameLabel: text, verdict: "healthy" })],
  });
}
