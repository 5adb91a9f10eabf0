/** The library, one function for each door: what a platform makes of them for its machine (platform/node/doors/). */

import type { RenderFormat } from "../../report/render/index.ts";
import type { Forecast } from "./forecast.ts";
import type { Inspection } from "./inspect.ts";
import type { Repair } from "./repair.ts";
import type { Rule } from "./rules.ts";
import type {
  AnalyzeOptions,
  ForecastOptions,
  Inputs,
  Options,
  RepairOptions,
  Report,
  Source,
} from "./types.ts";

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
