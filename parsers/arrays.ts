/** Functions in place of `push(...items)` and `Math.max(...numbers)`: arguments are put on the stack, and a large array does not fit there. */

export function appendAll<Item>(target: Item[], items: Iterable<Item>): void {
  for (const item of items) target.push(item);
}

/** The largest of `numbers`, but never less than `atLeast`. */
export function largest(numbers: Iterable<number>, atLeast = 0): number {
  let result = atLeast;
  for (const number of numbers) if (number > result) result = number;
  return result;
}
