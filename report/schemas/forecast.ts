/** JSON Schema of `forecast --format json`. */
import { SCHEMA_VERSION } from "../report.ts";
import {
  array,
  count,
  document,
  flag,
  object,
  oneOf,
  orNull,
  type Schema,
  SHA256,
  TOOL_SCHEMA,
  text,
  VARIABLE,
} from "./common.ts";

const STEP = object({
  update: text("name of the update's file"),
  variable: VARIABLE,
  append: flag(),
  status: orNull({
    type: "string",
    pattern: "^0x[0-9a-f]+$",
    description:
      "EFI status; 0x0 is EFI_SUCCESS; null where none comes, or where it cannot be known: reason says why",
  }),
  statusName: orNull(text()),
  bytesBefore: count("of the variable's data; 0 where it is absent"),
  bytesAfter: orNull(count("null, as all that comes after, where the answer cannot be known")),
  sha256Before: orNull(SHA256),
  sha256After: orNull(SHA256),
  signaturesAdded: orNull(count()),
  signaturesDropped: orNull(count("of the update, left out because they are there already")),
  signaturesRemoved: orNull(count("of the variable, replaced or deleted")),
  loadsAfterwards: orNull(flag("whether the NVRAM that is saved by then loads at the next start")),
  check: orNull(text("which check refused, or why there is no status")),
  reason: text("one sentence on the answer, or why there is none"),
  variableRoom: orNull({
    type: "integer",
    description: "bytes until the variable's limit; negative above it",
  }),
  totalRoom: orNull({ type: "integer", description: "bytes until the limit of all variables" }),
});

const STARTED = orNull(
  object({
    starts: orNull(flag("null where it cannot be known")),
    path: orNull(text("the program that starts, or that is refused")),
    reason: orNull(text("what stands in the way, or why it cannot be known")),
  }),
);

const START = object(
  {
    assumed: flag("nobody looked at the disks: what follows is null but for why"),
    why: orNull(text("why nobody did")),
    secureBoot: orNull(flag("as the record has it, true where that does not tell")),
    before: STARTED,
    after: STARTED,
    pcr7Changes: orNull(flag("null where it cannot be known")),
    hasVtpm: orNull(flag()),
  },
  "what the VM's own boot loader does",
);

const FORECAST = object({
  path: text(),
  vm: object({ uuid: orNull(text()), nameLabel: orNull(text()) }),
  source: text("which copy: NVRAM, snapshot_metadata.NVRAM, …"),
  daemon: oneOf(["fixed", "unfixed"]),
  error: orNull(object({ code: text(), message: text() })),
  steps: array(STEP),
  keys: object(
    {
      before: orNull(text("with the NVRAM as it is")),
      after: orNull(text("with the NVRAM as it is saved by then")),
    },
    "why no system, or no Windows, starts with Secure Boot by the keys alone; null where they do not tell that",
  ),
  start: START,
});

export const FORECAST_SCHEMA: Schema = document(
  "varscope forecast",
  object({ schemaVersion: { const: SCHEMA_VERSION }, tool: TOOL_SCHEMA, forecasts: array(FORECAST) }),
);
