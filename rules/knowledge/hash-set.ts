/**
 * Sets of hashes of one DbxTable, one bit each: bit i (the lowest bit of a byte first) stands for hash i. A set that ends
 * early lacks what comes after, so sets of the built-in table stay valid in a table that a reference has made longer.
 */
export type HashSet = Uint8Array;

export function emptySet(hashCount: number): HashSet {
  return new Uint8Array((hashCount + 7) >> 3);
}

export function hasHash(set: HashSet, index: number): boolean {
  return (((set[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}

/** The one change of a set; only who makes a set calls it, before handing it out. */
export function addHash(set: HashSet, index: number): void {
  set[index >> 3] = (set[index >> 3] ?? 0) | (1 << (index & 7));
}

export function intersection(a: HashSet, b: HashSet): HashSet {
  return a.map((byte, i) => byte & (b[i] ?? 0));
}

/** What `a` has and `b` lacks. */
export function difference(a: HashSet, b: HashSet): HashSet {
  return a.map((byte, i) => byte & ~(b[i] ?? 0));
}

export function countHashes(set: HashSet): number {
  let count = 0;
  for (const byte of set) for (let rest = byte; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** Indexes in ascending order. */
export function indexesOf(set: HashSet): readonly number[] {
  const indexes: number[] = [];
  set.forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit++) if (((byte >> bit) & 1) === 1) indexes.push(8 * i + bit);
  });
  return indexes;
}
