/** What JSON that a user hands over must be like, as far as it is used: results of earlier runs, expectations of cases. */

/** `path` leads to the value that is wrong, from the whole; "" for the whole itself. */
export interface Misfit {
  readonly path: string;
  readonly expected: string;
}

/** Null where the value is like that. */
export type Shape = (value: unknown) => Misfit | null;

function simple(expected: string, isSo: (value: unknown) => boolean): Shape {
  return (value) => (isSo(value) ? null : { path: "", expected });
}

export const TEXT: Shape = simple("a text", (value) => typeof value === "string");
export const PLACE: Shape = simple("a whole number", (value) => Number.isSafeInteger(value));
export const OBJECT: Shape = simple("an object", isPlainObject);
const ARRAY: Shape = simple("an array", Array.isArray);

export function textLike(expected: string, isSo: (text: string) => boolean): Shape {
  return simple(expected, (value) => typeof value === "string" && isSo(value));
}

export function oneOf(values: readonly string[]): Shape {
  return textLike(`one of ${values.join(", ")}`, (text) => values.includes(text));
}

export function orNull(shape: Shape): Shape {
  return (value) => (value === null ? null : shape(value));
}

export function list(item: Shape): Shape {
  return (value) => {
    if (!Array.isArray(value)) return ARRAY(value);
    for (const [i, one] of value.entries()) {
      const misfit = item(one);
      if (misfit !== null) return below(`[${i}]`, misfit);
    }
    return null;
  };
}

/** An object with these members; those of `optional` may be missing. Others may be there, and are not looked at. */
export function members(needed: Readonly<Record<string, Shape>>, optional: typeof needed = {}): Shape {
  return (value) => {
    if (!isPlainObject(value)) return OBJECT(value);
    for (const [name, shape] of Object.entries({ ...needed, ...optional })) {
      const isThere = Object.hasOwn(value, name);
      if (!isThere && name in optional) continue;
      const misfit = shape(isThere ? value[name] : undefined);
      if (misfit !== null) return below(name, misfit);
    }
    return null;
  };
}

/** An object whose members all have names and values like these. */
export function table(isName: (name: string) => boolean, item: Shape, expected: string): Shape {
  return (value) => {
    if (!isPlainObject(value)) return OBJECT(value);
    const isSo = Object.entries(value).every(([name, one]) => isName(name) && item(one) === null);
    return isSo ? null : { path: "", expected };
  };
}

function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function below(name: string, { path, expected }: Misfit): Misfit {
  const joint = path === "" || path.startsWith("[") ? "" : ".";
  return { path: `${name}${joint}${path}`, expected };
}

/** As the rest of a sentence about the value. */
export function misfitText({ path, expected }: Misfit): string {
  return `${path === "" ? "it" : path} is not ${expected}`;
}
