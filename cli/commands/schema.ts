/** `varscope schema`: the JSON Schemas of the reports. */

import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { jsonText } from "../../report/render/printable.ts";
import { ASK_SCHEMA } from "../../report/schemas/ask.ts";
import { BOOT_SCHEMA } from "../../report/schemas/boot.ts";
import { CASE_SCHEMA } from "../../report/schemas/case.ts";
import { FORECAST_SCHEMA } from "../../report/schemas/forecast.ts";
import { REPAIR_SCHEMA } from "../../report/schemas/repair.ts";
import { REPORT_SCHEMA } from "../../report/schemas/report.ts";
import { VERIFY_SCHEMA } from "../../report/schemas/verify.ts";
import type { CommandContext } from "../context.ts";
import type { SchemaName, SchemaOptions } from "../options.ts";

const SCHEMAS: Readonly<Record<SchemaName, unknown>> = {
  report: REPORT_SCHEMA,
  repair: REPAIR_SCHEMA,
  forecast: FORECAST_SCHEMA,
  verify: VERIFY_SCHEMA,
  boot: BOOT_SCHEMA,
  case: CASE_SCHEMA,
  ask: ASK_SCHEMA,
};

export async function schema({ name }: SchemaOptions, { output }: CommandContext): Promise<ExitCode> {
  await output.write(`${jsonText(SCHEMAS[name], 2)}\n`);
  return EXIT.ok;
}
