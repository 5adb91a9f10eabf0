/** What `import "varscope"` exports besides the functions. */

export type { RenderFormat } from "../../report/render/index.ts";
export { InputError } from "./errors.ts";
export type { Forecast } from "./forecast.ts";
export type { Inspection } from "./inspect.ts";
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
