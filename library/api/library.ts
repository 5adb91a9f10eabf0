/** The functions of `import "varscope"`. Each platform exports them for its machine (platform/node/doors/, platform/portable/doors/). */

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
   * Judges every input, as `varscope analyze --format json` does. An input that cannot be read is an entry of the report with an
   * `error` (`inputs[].error`); the others are still judged. Of an export only its head and its last kilobyte are read. Rejects with
   * TypeError for wrong options, and with the signal's reason where that is aborted.
   */
  readonly analyze: (inputs: Inputs, options?: AnalyzeOptions) => Promise<Report>;
  /**
   * Decodes everything that one input holds: variables, boot entries, signature lists, certificates, and what each range of bytes is.
   * Rejects with InputError where the input cannot be read at all, and with TypeError for wrong options.
   */
  readonly inspect: (input: Source, options?: Options) => Promise<Inspection>;
  /**
   * Plans a repair, applies it to a copy in memory and proves what was kept. Writes nothing: the caller saves `output.parts`. A repair
   * that is refused is an entry of `repairs`. Rejects with InputError where the input cannot be read at all, and with TypeError for wrong options.
   */
  readonly repair: (input: Source, options?: RepairOptions) => Promise<Repair>;
  /**
   * Predicts what varstored answers to signed updates, applied in this order, and whether it still loads the NVRAM after each.
   * Rejects with InputError where the input or an update cannot be read, and with TypeError for wrong options.
   */
  readonly forecast: (
    input: Source,
    updates: readonly Source[],
    options?: ForecastOptions,
  ) => Promise<Forecast>;
  /**
   * Renders a report as one HTML page (which loads nothing), as Markdown, SARIF 2.1.0 or JUnit XML. Rejects with TypeError for any
   * other format.
   */
  readonly render: (report: Report, format: RenderFormat) => Promise<string>;
  /** All rules, in the order in which reports list their findings. */
  readonly rules: readonly Rule[];
}
