/** The library, one function for each door, on a machine. */

import type { RenderFormat } from "../../report/render/index.ts";
import { RULES } from "../../rules/index.ts";
import type { Machine } from "../world.ts";
import { analyze } from "./analyze.ts";
import { type Forecast, forecast } from "./forecast.ts";
import { type Inspection, inspect } from "./inspect.ts";
import { render } from "./render.ts";
import { type Repair, repair } from "./repair.ts";
import type {
  AnalyzeOptions,
  ForecastOptions,
  Inputs,
  Options,
  RepairOptions,
  Report,
  Source,
} from "./types.ts";

/** What is told of a rule. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  readonly severity: "error" | "warning" | "info";
  readonly docs: {
    readonly what: string;
    readonly why: string;
    readonly repair: string;
    readonly references: readonly string[];
  };
}

export interface Library {
  /**
   * Judges every input. What is wrong with an input is in the report (`inputs[].error`), never thrown. Rejects with TypeError for
   * options that are none. Of an export only the head is read, and its last kilobyte.
   */
  readonly analyze: (inputs: Inputs, options?: AnalyzeOptions) => Promise<Report>;
  /** Everything decoded: variables, signature lists, certificates, where every byte belongs. Rejects with InputError. */
  readonly inspect: (input: Source, options?: Options) => Promise<Inspection>;
  /** Plans, proves and checks a repair; writes nothing, and never changes the input. Rejects with InputError. */
  readonly repair: (input: Source, options?: RepairOptions) => Promise<Repair>;
  /** What the daemon would answer to signed updates, in order, and whether it loads its NVRAM after each. Rejects with InputError. */
  readonly forecast: (
    input: Source,
    updates: readonly Source[],
    options?: ForecastOptions,
  ) => Promise<Forecast>;
  /** The report as one HTML page without any request, as Markdown, SARIF 2.1.0 or JUnit XML: no files, no DOM. */
  readonly render: (report: Report, format: RenderFormat) => Promise<string>;
  /** Every rule, in the order of reports. */
  readonly rules: readonly Rule[];
}

/** Each door by itself: whoever imports one bundles what that one needs. */
export const analyzeOn =
  (machine: Machine): Library["analyze"] =>
  (inputs, options = {}) =>
    analyze(machine, inputs, options);

export const inspectOn =
  (machine: Machine): Library["inspect"] =>
  (input, options = {}) =>
    inspect(machine, input, options);

export const repairOn =
  (machine: Machine): Library["repair"] =>
  (input, options = {}) =>
    repair(machine, input, options);

export const forecastOn =
  (machine: Machine): Library["forecast"] =>
  (input, updates, options = {}) =>
    forecast(machine, input, updates, options);

export const renderOn =
  (machine: Machine): Library["render"] =>
  (report, format) =>
    render(machine, report, format);

export const rules: Library["rules"] = /* @__PURE__ */ RULES.map(
  ({ meta: { id, title, severity, docs } }) => ({ id, title, severity, docs }),
);
