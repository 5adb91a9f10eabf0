/** Pieces that the schemas share. JSON Schema draft-07, which validators of every language read. */

export type Schema = Readonly<Record<string, unknown>>;

/** An object of which every property that is named must be there; later versions may add others. */
export function object(properties: Readonly<Record<string, Schema>>, description?: string): Schema {
  return {
    type: "object",
    ...(description === undefined ? {} : { description }),
    properties,
    required: Object.keys(properties).filter((name) => !OPTIONAL.has(name)),
  };
}

/** `nameHex` stands only beside a name that is no valid UTF-16; the others where an input has something of the kind, or is asked for it. */
const OPTIONAL: ReadonlySet<string> = new Set([
  "nameHex",
  "archive",
  "software",
  "poolReadiness",
  "host",
  "since",
  "detail",
  "boot",
  "clusters",
  "current",
  "foldersWithoutDumps",
  "baseline",
  "title",
  "referenceId",
  "ignored",
  "convertedFrom",
  "ignoredUntil",
  "timelineCopiesLeftOut",
  "files",
  "unused",
  "notRead",
]);

export function array(items: Schema, description?: string): Schema {
  return { type: "array", ...(description === undefined ? {} : { description }), items };
}

export function text(description?: string): Schema {
  return { type: "string", ...(description === undefined ? {} : { description }) };
}

export function count(description?: string): Schema {
  return { type: "integer", minimum: 0, ...(description === undefined ? {} : { description }) };
}

export function flag(description?: string): Schema {
  return { type: "boolean", ...(description === undefined ? {} : { description }) };
}

export function oneOf(values: readonly string[], description?: string): Schema {
  return { type: "string", enum: values, ...(description === undefined ? {} : { description }) };
}

export function orNull(schema: Schema): Schema {
  const { description, ...rest } = schema;
  return { ...(description === undefined ? {} : { description }), anyOf: [rest, { type: "null" }] };
}

export const GUID: Schema = {
  type: "string",
  pattern: "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
};
export const SHA256: Schema = { type: "string", pattern: "^[0-9a-f]{64}$" };
export const DAY: Schema = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$" };

const VARIABLE_PROPERTIES = {
  name: text("lone surrogates are shown as U+FFFD; nameHex then tells names apart"),
  nameHex: {
    type: "string",
    pattern: "^([0-9a-f]{2})*$",
    description: "only where the name is no valid UTF-16",
  },
  guid: orNull(GUID),
};

export const VARIABLE: Schema = object(VARIABLE_PROPERTIES);

/** A variable with more said of it. */
export function variableWith(properties: Readonly<Record<string, Schema>>): Schema {
  return object({ ...VARIABLE_PROPERTIES, ...properties });
}

export const TOOL_SCHEMA: Schema = object({ name: { const: "varscope" }, version: text() });

export function document(title: string, schema: Schema): Schema {
  return { $schema: "http://json-schema.org/draft-07/schema#", title, ...schema };
}

export const SPAN: Schema = object(
  { start: count(), end: count() },
  "bytes of the blob, the end not included",
);
