/** JSON Schema of `boot --format json`. */
import { SCHEMA_VERSION } from "../report.ts";
import { BOOT_ANSWER } from "./boot-answer.ts";
import { array, count, document, flag, object, orNull, type Schema, TOOL_SCHEMA, text } from "./common.ts";
import { ERROR } from "./report.ts";

const VM = object({
  uuid: orNull(text()),
  nameLabel: orNull(text()),
  secureBoot: orNull(flag()),
  ...BOOT_ANSWER,
});

export const BOOT_SCHEMA: Schema = document(
  "varscope boot",
  object({
    schemaVersion: { const: SCHEMA_VERSION },
    tool: TOOL_SCHEMA,
    inputs: array(object({ path: text(), error: orNull(ERROR), vms: array(VM), bytesRead: count() })),
  }),
);
