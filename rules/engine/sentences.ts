/** Words that messages of several rules are put together from. */
import type { FactValue } from "./rule.ts";

/** The items of a list as they stand in a sentence: `a, b and c`. */
export function listed(items: FactValue | undefined): string {
  const texts = Array.isArray(items) ? items.map(String) : [];
  if (texts.length < 2) return texts.join("");
  return `${texts.slice(0, -1).join(", ")} and ${texts.at(-1)}`;
}

/** `1 byte`, `2 bytes`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
