/**
 * What is wrong with JSON that a user hands over, in plain words: the place, and what was expected there. The checks themselves are
 * generated from schemas (`scripts/make-checks.mjs`).
 */

import { ParseError } from "../errors.ts";

/** `path` leads to the value that is wrong, from the whole; "" for the whole itself. */
export interface Misfit {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
  /** The rest of a sentence about it, such as `is not a text`. */
  readonly fault: string;
}

/** What ajv says of a value that does not fit (ajv.js.org, Validation errors). */
interface SchemaError {
  /** A JSON pointer (RFC 6901). */
  readonly instancePath: string;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Compiled from a schema by ajv; says true, or leaves the errors behind. */
export interface Check {
  (value: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

/** Null where the value is as the schema wants it. */
export function misfitOf(check: Check, value: unknown): Misfit | null {
  return check(value) ? null : misfitIn(check.errors ?? []);
}

/** As a sentence. */
export function misfitText({ path, fault }: Misfit): string {
  return `${path === "" ? "it" : path} ${fault}`;
}

/** As the error of the whole text. `next` says how to mend it. */
export function misfitError({ path, expected, found }: Misfit, next: string): ParseError {
  return new ParseError({ code: "bad-structure", path, expected, found, next });
}

/** Of alternatives the one that went furthest; those that ended at the same place are named together. */
function misfitIn(errors: readonly SchemaError[]): Misfit {
  const told = errors.filter(({ keyword }) => keyword !== "anyOf");
  const depth = told.reduce((most, error) => Math.max(most, depthOf(error)), 0);
  const deepest = told.filter((error) => depthOf(error) === depth);
  const [first] = deepest;
  if (first === undefined) return notLike("", "as expected");
  const path = pathOf(first.instancePath);
  const missing = deepest.flatMap(({ keyword, params }) =>
    keyword === "required" ? [String(params["missingProperty"])] : [],
  );
  if (missing.length > 1) {
    const expected = `one of ${missing.join(", ")}`;
    return { path, expected, found: "none", fault: `has none of ${missing.join(", ")}` };
  }
  if (missing.length === 1)
    return {
      path: joined(path, missing[0] ?? ""),
      expected: "something",
      found: "nothing",
      fault: "is missing",
    };
  if (first.keyword === "additionalProperties")
    return {
      path: joined(path, String(first.params["additionalProperty"])),
      expected: "no such name",
      found: "one",
      fault: "is no name that is known here",
    };
  return notLike(path, [...new Set(deepest.flatMap(expectations))].join(" or "));
}

/** Of a value that is another one than was expected. */
export function notLike(path: string, expected: string): Misfit {
  return { path, expected, found: "something else", fault: `is not ${expected}` };
}

function depthOf({ instancePath }: SchemaError): number {
  return instancePath.split("/").length;
}

function pathOf(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce((path, part) => (/^\d+$/.test(part) ? `${path}[${part}]` : joined(path, part)), "");
}

function joined(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  integer: "a whole number",
  boolean: "true or false",
  object: "an object",
  array: "an array",
  null: "null",
};

/** By the pattern of a schema. */
const PATTERNS: ReadonlyMap<string, string> = new Map([
  ["^\\d{4}-\\d{2}-\\d{2}$", "a day as YYYY-MM-DD"],
  ["^[0-9a-f]{64}$", "a SHA-256 in lower-case hexadecimal"],
  ["\\S", "a text that says something"],
]);

function expectations({ keyword, params }: SchemaError): string[] {
  switch (keyword) {
    case "type":
      return [params["type"]].flat().map((type) => TYPES[String(type)] ?? String(type));
    case "enum":
      return [`one of ${[params["allowedValues"]].flat().join(", ")}`];
    case "const":
      return [String(params["allowedValue"])];
    case "pattern":
      return [PATTERNS.get(String(params["pattern"])) ?? "a text of the form that is expected"];
    case "minimum":
    case "maximum":
      return [`${String(params["comparison"])} ${String(params["limit"])}`];
    case "maxItems":
      return [`an array of at most ${String(params["limit"])}`];
    case "minItems":
      return [`an array of at least ${String(params["limit"])}`];
    case "propertyNames":
      return [];
    default:
      return ["as expected"];
  }
}
