/**
 * An element of `inputs` of a saved report, as far as it is told once more: the report's own schema, of which an older varscope may have
 * left something out. What stands between the words of a report (ids, codes) is held to their form.
 */
import type { Schema } from "../schemas/common.ts";
import { INPUT } from "../schemas/report.ts";

/** What no copy or finding can be told without. */
const NEEDED: ReadonlySet<string> = new Set([
  "path",
  "vms",
  "source",
  "verdict",
  "ruleId",
  "severity",
  "message",
  "code",
]);

const ID: Schema = { type: "string", pattern: "^[a-z0-9-]{1,80}$" };
const IDS: Readonly<Record<string, Schema>> = { ruleId: ID, code: ID };

/** What was drawn for the evidence is not drawn without. */
const LEFT_OUT: ReadonlySet<string> = new Set(["detail", "since", "ignored", "ignoredUntil"]);

/** The shape that a saved element is brought into. */
export const SAVED_INPUT: Schema = withoutDrawn(INPUT);

/** By the name of the check. */
export const SAVED_SCHEMAS: Readonly<Record<string, Schema>> = { checkSavedInput: lenient(SAVED_INPUT) };

function withoutDrawn(schema: Schema): Schema {
  return mapped(
    schema,
    (name, property) => (LEFT_OUT.has(name) ? null : withoutDrawn(property)),
    withoutDrawn,
  );
}

/** Only what is needed must be there, and numbers are such as JSON can hold exactly. */
function lenient(schema: Schema): Schema {
  const {
    description: _description,
    required,
    ...rest
  } = mapped(schema, (name, property) => IDS[name] ?? lenient(property), lenient);
  const needed = ((required ?? []) as readonly string[]).filter((name) => NEEDED.has(name));
  return {
    ...rest,
    ...(required === undefined ? {} : { required: needed }),
    ...(rest["type"] === "integer" ? { maximum: Number.MAX_SAFE_INTEGER } : {}),
  };
}

type Parts = Readonly<Record<string, Schema>>;

/** The same schema with other parts; `property` says null for one that goes. */
function mapped(
  schema: Schema,
  property: (name: string, of: Schema) => Schema | null,
  part: (of: Schema) => Schema,
): Schema {
  const { properties, required, items, anyOf, additionalProperties } = schema;
  const made = Object.entries((properties ?? {}) as Parts).flatMap(([name, of]) => {
    const one = property(name, of);
    return one === null ? [] : [[name, one] as const];
  });
  const names = new Set(made.map(([name]) => name));
  return {
    ...schema,
    ...(properties === undefined ? {} : { properties: Object.fromEntries(made) }),
    ...(required === undefined
      ? {}
      : { required: (required as readonly string[]).filter((name) => names.has(name)) }),
    ...(items === undefined ? {} : { items: part(items as Schema) }),
    ...(anyOf === undefined ? {} : { anyOf: (anyOf as readonly Schema[]).map(part) }),
    ...(typeof additionalProperties === "object" && additionalProperties !== null
      ? { additionalProperties: part(additionalProperties as Schema) }
      : {}),
  };
}
