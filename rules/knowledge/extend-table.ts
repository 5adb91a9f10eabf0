/** A DbxTable that knows more: how a reference given by the user joins the built-in one. */
import { ParseError } from "../../parsers/errors.ts";
import {
  ARCHITECTURES,
  type Architecture,
  type DbxRelease,
  type DbxTable,
  findHash,
  HASH_WORDS,
  slotsOf,
  wordsOf,
} from "./dbx-table.ts";
import { addHash, countCommon, emptySet, type HashSet } from "./hash-set.ts";
import { compareSvn } from "./svn.ts";

/** What a newer source adds. Numbers are positions among its own hashes. */
export interface DbxAddition {
  /** As the user knows it, for messages: a file name. */
  readonly name: string;
  /** 32 bytes per hash, without repetition. */
  readonly hashes: Uint8Array;
  readonly authenticode: Readonly<Record<Architecture, readonly number[]>>;
  readonly flat: readonly number[];
  readonly optional: readonly number[];
  readonly releases: readonly AddedRelease[];
}

export interface AddedRelease extends Omit<DbxRelease, "hashes" | "hashCount"> {
  /** The hashes of the release, without repetition. */
  readonly members: readonly number[];
}

/**
 * A new table that knows both; hashes that the old one has keep their indexes, and a release that it has already is not
 * added again. Throws ParseError `bad-structure` for an update that is meant for another architecture.
 */
export function extendTable(table: DbxTable, addition: DbxAddition): DbxTable {
  const { words, indexes } = joinHashes(table, wordsOf(addition.hashes));
  const hashCount = words.length / HASH_WORDS;
  const grow = (old: HashSet, members: readonly number[]): HashSet => {
    const set = emptySet(hashCount);
    set.set(old);
    for (const member of members) addHash(set, indexes[member]!);
    return set;
  };
  const sets = ARCHITECTURES.map((one) => [one, grow(table.authenticode[one], addition.authenticode[one])]);
  const releases = [...table.releases];
  for (const { members, ...release } of addition.releases) {
    const added = { ...release, hashes: grow(emptySet(0), members), hashCount: members.length };
    checkArchitecture(table, added, addition.name);
    if (!releases.some((known) => isSameRelease(known, added))) releases.push(added);
  }
  return {
    hashCount,
    words,
    slots: slotsOf(words),
    authenticode: Object.fromEntries(sets) as Record<Architecture, HashSet>,
    flat: grow(table.flat, addition.flat),
    optional: grow(table.optional, addition.optional),
    releases,
  };
}

/** The words of both, each hash once, and where each added hash stands among them. */
function joinHashes(table: DbxTable, added: Int32Array): { words: Int32Array; indexes: Int32Array } {
  const count = added.length / HASH_WORDS;
  const words = new Int32Array(table.words.length + added.length);
  words.set(table.words);
  const indexes = new Int32Array(count);
  let end = table.words.length;
  for (let i = 0; i < count; i++) {
    const known = findHash(table, added, i * HASH_WORDS);
    indexes[i] = known < 0 ? end / HASH_WORDS : known;
    if (known >= 0) continue;
    words.set(added.subarray(i * HASH_WORDS, (i + 1) * HASH_WORDS), end);
    end += HASH_WORDS;
  }
  return { words: words.slice(0, end), indexes };
}

/** An update names no architecture; the hashes that are known already tell it. A guest of Xen needs those of x64. */
function checkArchitecture(table: DbxTable, release: DbxRelease, name: string): void {
  if (countCommon(release.hashes, table.authenticode.x64) > 0) return;
  const other = ARCHITECTURES.find((one) => countCommon(release.hashes, table.authenticode[one]) > 0);
  if (other === undefined) return;
  throw new ParseError({
    code: "bad-structure",
    path: name,
    expected: "an update for x64",
    found: `hashes of ${other}`,
    next: "Give the update that is published for x64 (amd64).",
  });
}

function isSameRelease(a: DbxRelease, b: DbxRelease): boolean {
  return (
    a.ownedByMicrosoft === b.ownedByMicrosoft &&
    a.hashCount === b.hashCount &&
    countCommon(a.hashes, b.hashes) === a.hashCount &&
    a.certificates.map(({ sha256 }) => sha256).join() === b.certificates.map(({ sha256 }) => sha256).join() &&
    a.svns.length === b.svns.length &&
    a.svns.every((svn) =>
      b.svns.some((other) => svn.applicationGuid === other.applicationGuid && compareSvn(svn, other) === 0),
    )
  );
}
