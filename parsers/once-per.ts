/**
 * Work that is done once for each object, for as long as somebody else holds it. Only for work of which the result depends
 * on nothing but the object: then nobody can tell whether it was done again.
 */

/** Of each object all that was worked out, by the number of the work: one table, because weak ones are dear to collect. */
const done = new WeakMap<object, unknown[]>();
let works = 0;

function resultsOf(key: object): unknown[] {
  const known = done.get(key);
  if (known !== undefined) return known;
  const results: unknown[] = [];
  done.set(key, results);
  return results;
}

/** Remembers the result of `work` for each key object. `work` must not return undefined, and its other arguments must not change the result. */
export function oncePer<Key extends object, Value, Rest extends readonly unknown[]>(
  work: (key: Key, ...rest: Rest) => Value,
): (key: Key, ...rest: Rest) => Value {
  const number = works++;
  return (key, ...rest) => {
    const results = resultsOf(key);
    const known = results[number] as Value | undefined;
    if (known !== undefined) return known;
    // biome-ignore lint/plugin: what it was given itself.
    const value = work(key, ...rest);
    results[number] = value;
    return value;
  };
}

/** As oncePer, for work on two objects: remembers the result for the last `other` of each key. */
export function oncePerPair<Key extends object, Other extends object, Value, Rest extends readonly unknown[]>(
  work: (key: Key, other: Other, ...rest: Rest) => Value,
): (key: Key, other: Other, ...rest: Rest) => Value {
  const lastOf = oncePer((_key: Key): { other: Other | null; value: Value | null } => ({
    other: null,
    value: null,
  }));
  return (key, other, ...rest) => {
    const last = lastOf(key);
    if (last.other === other) return last.value as Value;
    // biome-ignore lint/plugin: what it was given itself.
    const value = work(key, other, ...rest);
    last.other = other;
    last.value = value;
    return value;
  };
}
