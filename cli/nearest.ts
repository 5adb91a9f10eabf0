/** Near matches for a word that is not known. */

/** Names that are few typing errors away, or that hold every part of the word; the nearest first, at most three. */
function nearest(word: string, names: readonly string[]): string[] {
  const scored = names.map((name) => ({
    name,
    distance: holdsParts(name, word) ? 0.5 : distance(word, name),
  }));
  const limit = Math.max(1, Math.min(4, Math.floor(word.length / 3)));
  return scored
    .filter((candidate) => candidate.distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name);
}

function holdsParts(name: string, word: string): boolean {
  return word.length > 2 && word.split("-").every((part) => name.includes(part));
}

const MAX_WORD = 64;

/** Levenshtein distance; infinite for words that are too long to be a typing error. */
function distance(a: string, b: string): number {
  if (a.length > MAX_WORD || b.length > MAX_WORD) return MAX_WORD;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}

/** ` Did you mean x or y?`; "" where no name is near. */
export function didYouMean(word: string, names: readonly string[]): string {
  const near = word === "" ? [] : nearest(word, names);
  return near.length === 0 ? "" : ` Did you mean ${near.join(" or ")}?`;
}
