/** `varscope analyze`: every input judged, one after the other. */
import type { VmSource } from "../../parsers/model.ts";
import { analyzeCertificates, analyzeVms } from "../../rules/engine/analyze.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import {
  certificatesReport,
  errorReport,
  findingReport,
  type InputReport,
  SCHEMA_VERSION,
  SummaryCounter,
  type VmReport,
  vmReport,
} from "../../rules/engine/report.ts";
import type { Severity } from "../../rules/engine/rule.ts";
import { type Advice, adviceFor, MAX_ADVISED_INPUTS } from "../advice.ts";
import type { CommandContext } from "../context.ts";
import { type ExitCode, exitCode, worse } from "../exit-codes.ts";
import { type Input, openInputs } from "../inputs.ts";
import type { AnalyzeOptions } from "../options.ts";
import { OutputClosed } from "../output.ts";
import { printable } from "../render/printable.ts";
import { startProgress } from "../render/progress.ts";
import {
  type JudgedInput,
  jsonReportWriter,
  ndjsonReportWriter,
  type ReportWriter,
} from "../render/report-writer.ts";
import { judgingSettings } from "../settings.ts";
import { TOOL } from "../version.ts";

export async function analyze(options: AnalyzeOptions, context: CommandContext): Promise<ExitCode> {
  const settings = await judgingSettings(options);
  let adviceLeft = options.format === "table" && !options.quiet ? MAX_ADVISED_INPUTS : 0;
  const writer = await makeWriter(options, context);
  const counter = new SummaryCounter();
  const progress = startProgress(options.progress && !options.quiet);
  let inputFailed = false;
  let worst: Severity | null = null;
  let copies = new JudgedCopies(settings);
  // Judged as they are read, so that the copies of a database never stand in memory together.
  const take = (vms: readonly VmSource[]): void => copies.add(vms, adviceLeft > 0);
  try {
    for await (const input of openInputs(options.paths, settings.platform, progress.now, take)) {
      copies.add(input.dump?.vms ?? [], adviceLeft > 0);
      const judged = judgedInput(input, copies, settings);
      copies = new JudgedCopies(settings);
      if (judged.advice.some(({ kind }) => kind !== "nothing")) adviceLeft--;
      counter.add(judged.report);
      inputFailed ||= judged.failed;
      for (const { findings } of [judged.report, ...judged.report.vms])
        for (const { severity } of findings) worst = worse(worst, severity);
      if (judged.failed) complain(judged.report, context);
      await writer.input(judged);
    }
    progress.stop();
    await writer.end(counter.summary);
  } catch (error) {
    // Nobody reads on: what was seen so far decides.
    if (!(error instanceof OutputClosed)) throw error;
  } finally {
    progress.stop();
  }
  return exitCode({ inputFailed, worst }, options.failOn);
}

async function makeWriter(
  { format, asOf, quiet }: AnalyzeOptions,
  { output, style, columns }: CommandContext,
): Promise<ReportWriter> {
  switch (format) {
    case "json":
      return jsonReportWriter(output, { schemaVersion: SCHEMA_VERSION, tool: TOOL, asOf });
    case "ndjson":
      return ndjsonReportWriter(output);
    case "table": {
      const { analysisTableWriter } = await import("../render/analysis-table.ts");
      return analysisTableWriter(output, { style, columns, quiet });
    }
    default:
      return format satisfies never;
  }
}

/** What the copies of one input come to; the copies themselves are not kept. */
class JudgedCopies {
  readonly vms: VmReport[] = [];
  readonly advice: Advice[] = [];
  readonly #settings: RepairSettings;

  constructor(settings: RepairSettings) {
    this.#settings = settings;
  }

  /** All copies that one VM has must come in one call: rules compare them. */
  add(vms: readonly VmSource[], withAdvice: boolean): void {
    const settings = this.#settings;
    for (const analysis of analyzeVms(vms, settings.rules, settings)) {
      this.vms.push(vmReport(analysis, this.vms.length));
      if (withAdvice) this.advice.push(adviceFor(analysis, settings));
    }
  }
}

function judgedInput(
  { path, dump, error, failed }: Input,
  { vms, advice }: JudgedCopies,
  settings: RepairSettings,
): JudgedInput {
  const certificates = dump?.certificates ?? [];
  const report: InputReport = {
    path,
    format: dump?.format ?? null,
    error: error === null ? null : errorReport(error),
    findings: analyzeCertificates(certificates, settings.rules).map((finding) => findingReport(finding, "")),
    certificates: certificates.map((set) => certificatesReport(set, settings)),
    skipped: dump?.skipped ?? { controlDomains: 0, defaultTemplates: 0 },
    vms,
  };
  return { report, advice, failed };
}

function complain({ path, error }: InputReport, context: CommandContext): void {
  if (error !== null) context.complain(`${printable(path)}: ${printable(error.message)}`);
}
