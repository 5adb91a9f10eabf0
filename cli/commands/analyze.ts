/** `varscope analyze`: every input judged, one after the other. */
import { analyzeVms } from "../../rules/engine.ts";
import type { RepairSettings } from "../../rules/repair.ts";
import {
  errorReport,
  type InputReport,
  SCHEMA_VERSION,
  SummaryCounter,
  vmReport,
} from "../../rules/report.ts";
import type { Severity } from "../../rules/rule.ts";
import { adviceFor, MAX_ADVISED_INPUTS } from "../advice.ts";
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
  try {
    for await (const input of openInputs(options.paths, settings.platform, progress.now)) {
      const judged = judge(input, settings, adviceLeft > 0);
      if (judged.advice.some(({ kind }) => kind !== "nothing")) adviceLeft--;
      counter.add(judged.report);
      inputFailed ||= judged.failed;
      for (const vm of judged.report.vms)
        for (const { severity } of vm.findings) worst = worse(worst, severity);
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

function judge(
  { path, dump, error, failed }: Input,
  settings: RepairSettings,
  withAdvice: boolean,
): JudgedInput {
  const analyses = analyzeVms(dump?.vms ?? [], settings.rules, settings);
  const report: InputReport = {
    path,
    format: dump?.format ?? null,
    error: error === null ? null : errorReport(error),
    findings: [],
    skipped: dump?.skipped ?? { controlDomains: 0, defaultTemplates: 0 },
    vms: analyses.map(vmReport),
  };
  return {
    report,
    advice: withAdvice ? analyses.map((analysis) => adviceFor(analysis, settings)) : [],
    failed,
  };
}

function complain({ path, error }: InputReport, context: CommandContext): void {
  if (error !== null) context.complain(`${printable(path)}: ${printable(error.message)}`);
}
