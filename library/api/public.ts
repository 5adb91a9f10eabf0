/** What `import "varscope"` exports besides the functions: what they take and give, and the types of a report's parts. */

export type { ErrorCode } from "../../parsers/errors.ts";
export type { BootReport } from "../../report/boot.ts";
export type { ErrorReport } from "../../report/error-report.ts";
export type { FindingReport } from "../../report/finding.ts";
export type { ForecastEntry } from "../../report/forecast.ts";
export type { FileReport, InputReport } from "../../report/input.ts";
export type { NextStepsReport } from "../../report/remedies/next-steps.ts";
export type { RenderFormat } from "../../report/render/index.ts";
export type { RepairEntry } from "../../report/repair-entry.ts";
export type { RunSummary } from "../../report/summary.ts";
export type { TimelineReport } from "../../report/timeline/report.ts";
export type { NvramReport, VariableReport, VmReport } from "../../report/vm.ts";
export type { Breaks, Severity, Verdict } from "../../rules/engine/rule.ts";
export { InputError } from "./errors.ts";
export type { Forecast } from "./forecast.ts";
export type { InspectedInput, Inspection } from "./inspect.ts";
export type { Repair, RepairOutput, RepairStream } from "./repair.ts";
export type { Rule } from "./rules.ts";
export type {
  AnalyzeOptions,
  AsyncBuffer,
  BlobLike,
  ForecastOptions,
  Inputs,
  Options,
  OutputPart,
  RepairOptions,
  Report,
  Signal,
  Source,
} from "./types.ts";
