/** `varscope schema`: the JSON Schemas of the reports. */
import type { CommandContext } from "../context.ts";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { SchemaName, SchemaOptions } from "../options.ts";
import { jsonText } from "../render/printable.ts";
import { CASE_SCHEMA } from "../schemas/case.ts";
import { FORECAST_SCHEMA } from "../schemas/forecast.ts";
import { REPAIR_SCHEMA } from "../schemas/repair.ts";
import { REPORT_SCHEMA } from "../schemas/report.ts";
import { VERIFY_SCHEMA } from "../schemas/verify.ts";

const SCHEMAS: Readonly<Record<SchemaName, unknown>> = {
  report: REPORT_SCHEMA,
  repair: REPAIR_SCHEMA,
  forecast: FORECAST_SCHEMA,
  verify: VERIFY_SCHEMA,
  case: CASE_SCHEMA,
};

export async function schema({ name }: SchemaOptions, { output }: CommandContext): Promise<ExitCode> {
  await output.write(`${jsonText(SCHEMAS[name], 2)}\n`);
  return EXIT.ok;
}
