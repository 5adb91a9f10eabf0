/** What is mostly done by spreading an array into arguments: those stand on the stack, which an array of the input's size does not fit. */

export function appendAll<Item>(target: Item[], items: Iterable<Item>): void {
  for (const item of items) target.push(item);
}

/** The largest of `numbers`, but never less than `atLeast`. */
export function largest(numbers: Iterable<number>, atLeast = 0): number {
  let result = atLeast;
  for (const number of numbers) if (number > result) result = number;
  return result;
}
