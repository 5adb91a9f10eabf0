/** JSON Schema of `forecast --format json`. */
import { SCHEMA_VERSION } from "../../rules/engine/report.ts";
import {
  array,
  count,
  document,
  flag,
  object,
  oneOf,
  orNull,
  SHA256,
  TOOL_SCHEMA,
  text,
  VARIABLE,
} from "./common.ts";

const STEP = object({
  update: text("name of the update's file"),
  variable: VARIABLE,
  append: flag(),
  status: { type: "string", pattern: "^0x[0-9a-f]+$", description: "EFI status; 0x0 is EFI_SUCCESS" },
  statusName: text(),
  bytesBefore: count("of the variable's data; 0 where it is absent"),
  bytesAfter: count(),
  sha256Before: orNull(SHA256),
  sha256After: orNull(SHA256),
  signaturesAdded: count(),
  signaturesDropped: count("of the update, left out because they are there already"),
  signaturesRemoved: count("of the variable, replaced or deleted"),
  loadsAfterwards: flag("whether the NVRAM that is saved by then loads at the next start"),
  check: orNull(text("which check refused")),
  reason: text(),
  variableRoom: { type: "integer", description: "bytes until the variable's limit; negative above it" },
  totalRoom: { type: "integer", description: "bytes until the limit of all variables" },
});

const FORECAST = object({
  path: text(),
  vm: object({ uuid: orNull(text()), nameLabel: orNull(text()) }),
  source: text("which copy: NVRAM, snapshot_metadata.NVRAM, …"),
  daemon: oneOf(["fixed", "unfixed"]),
  error: orNull(object({ code: text(), message: text() })),
  steps: array(STEP),
});

export const FORECAST_SCHEMA = document(
  "varscope forecast",
  object({ schemaVersion: { const: SCHEMA_VERSION }, tool: TOOL_SCHEMA, forecasts: array(FORECAST) }),
);
