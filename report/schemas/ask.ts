/** JSON Schema of `ask --format json`. */
import { SCHEMA_VERSION } from "../report.ts";
import { array, document, object, orNull, type Schema, TOOL_SCHEMA, text } from "./common.ts";
import { NEXT_STEP } from "./report.ts";

const ASK = object({
  id: text("`varscope ask ID` tells it"),
  question: text(),
  tells: text("what the file answers"),
  lacks: orNull(text("what it does not")),
  caution: orNull(text("what it holds besides, or costs")),
  ways: array(NEXT_STEP, "ways to get it, the best first"),
  fetch: array(text(), "commands that bring it from the host to the machine with varscope"),
  command: text("the command that reads it"),
  source: array(text()),
});

export const ASK_SCHEMA: Schema = document(
  "varscope ask",
  object({
    schemaVersion: { const: SCHEMA_VERSION },
    tool: TOOL_SCHEMA,
    question: orNull(text("as on the command line; null for the list of all")),
    asks: array(ASK, "--format ndjson prints one of these a line"),
  }),
);
