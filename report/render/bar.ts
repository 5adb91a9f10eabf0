/** A bar of used space; drawn full where more than all is used. */
const FULL = "█";
const EMPTY = "░";

export function bar(used: number, limit: number, columns: number): string {
  const share = Math.min(1, used / limit);
  // Something used always shows, and only all of it looks full.
  const rounded = Math.round(share * columns);
  const filled = share === 1 ? columns : Math.min(columns - 1, Math.max(used > 0 ? 1 : 0, rounded));
  return FULL.repeat(filled) + EMPTY.repeat(columns - filled);
}
