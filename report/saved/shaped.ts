/** A value that was checked, brought into the shape of a schema: what the schema does not name goes, and what is missing is filled in. */
import type { Schema } from "../schemas/common.ts";

export function shaped(value: unknown, schema: Schema): unknown {
  const { anyOf, type, properties, items, additionalProperties } = schema;
  if (anyOf !== undefined) {
    const inner = (anyOf as readonly Schema[]).find(
      (one) => one["type"] === "object" || one["type"] === "array",
    );
    return value === null || inner === undefined || typeof value !== "object" ? value : shaped(value, inner);
  }
  if (Array.isArray(value))
    return items === undefined ? value : value.map((one) => shaped(one, items as Schema));
  if (type !== "object" || typeof value !== "object" || value === null) return value;
  if (properties === undefined) {
    const of = additionalProperties as Schema | undefined;
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, of === undefined ? one : shaped(one, of)]),
    );
  }
  const needed = new Set((schema["required"] ?? []) as readonly string[]);
  return Object.fromEntries(
    Object.entries(properties as Readonly<Record<string, Schema>>).flatMap(([name, of]) => {
      if (Object.hasOwn(value, name))
        return [[name, shaped((value as Readonly<Record<string, unknown>>)[name], of)] as const];
      return needed.has(name) ? [[name, missing(of)] as const] : [];
    }),
  );
}

/** What says least: not known, none. */
function missing(schema: Schema): unknown {
  const { anyOf, type } = schema;
  const values = (schema["enum"] ?? []) as readonly unknown[];
  if (anyOf !== undefined || values.includes(null)) return null;
  if (values.length > 0) return values.includes("unknown") ? "unknown" : values[0];
  switch (type) {
    case "array":
      return [];
    case "object":
      return shaped({}, schema);
    case "integer":
    case "number":
      return 0;
    case "boolean":
      return false;
    default:
      return "";
  }
}
