/** `varscope schema`: print a JSON Schema. Its options, help text and checks; the work is in `cli/commands/`. */
import { UsageError } from "../errors.ts";
import { commonOptions, type ParseSettings, shown } from "../option-values.ts";
import { SCHEMA_NAMES, type SchemaName, type SchemaOptions } from "../options.ts";
import { type Command, WRITING_OPTIONS } from "./command.ts";
import type { CommandLine } from "./line.ts";

export const schemaCommand: Command<SchemaOptions> = {
  formats: ["json"],
  operands: "none",
  common: WRITING_OPTIONS,
  summary: `[${SCHEMA_NAMES.join("|")}]  print a JSON Schema`,
  usage: `varscope schema [${SCHEMA_NAMES.join("|")}]\n\nPrints the JSON Schema of a report.`,
  words: SCHEMA_NAMES,
  options: {},
  examples: [["varscope schema report > report.schema.json", "of what analyze --format json prints"]],
  wordsBeforeFiles: "all",
  read,
  inputs: () => [],
};

function read({ values, operands }: CommandLine, settings: ParseSettings): SchemaOptions {
  const [given = SCHEMA_NAMES[0], ...more] = operands;
  const name = SCHEMA_NAMES.find((known) => known === given);
  if (name === undefined || more.length > 0)
    throw new UsageError(`schema takes one of ${SCHEMA_NAMES.join(", ")}, not ${shown(operands.join(" "))}.`);
  return { command: "schema", name: name satisfies SchemaName, ...commonOptions(values, settings) };
}
