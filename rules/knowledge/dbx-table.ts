/**
 * Every hash that Microsoft's revocation tables and signed dbx updates name, and which release holds which.
 *
 * The data module holds the distinct 32-byte hashes once, sorted, as one base64 string, and one bitmap (see hash-set.ts)
 * for each question about them: which architecture's images have this Authenticode hash, is it the hash of a file, may it
 * be left out, which release lists it. A look-up is open addressing on the first word of a hash; no hash becomes a text.
 */
import { oncePer } from "../../parsers/once-per.ts";
import { difference, emptySet, type HashSet, hasHash, setOfBytes, union } from "./hash-set.ts";
import { decodeSvn, type Svn } from "./svn.ts";

export const HASH_BYTES = 32;
export const HASH_WORDS = 8;

/** As dbx_info names them. A guest of Xen is x64. */
export type Architecture = "x64" | "ia32" | "arm" | "aarch64";
export const ARCHITECTURES: readonly Architecture[] = ["x64", "ia32", "arm", "aarch64"];

/** One update of dbx. Releases are not nested: entries are dropped and come back, and their order means nothing. */
export interface DbxRelease {
  /** Such as `2025-10`; unique in a table. */
  readonly id: string;
  readonly label: string;
  /** `YYYY-MM-DD`, or as much of it as is known; "" where nothing is. */
  readonly date: string;
  /** SHA-256 fingerprint of the KEK certificate that issued the signer; null where no signature says it. */
  readonly signer: string | null;
  /** Signature lists of the update: what it adds to an empty dbx. */
  readonly payloadBytes: number;
  /** Hashes of images, SVN entries not counted. 0 marks an opt-in update that revokes a certificate or raises numbers only. */
  readonly hashCount: number;
  readonly hashes: HashSet;
  /** True where all hashes of the update are owned by Microsoft, as in every update of theirs. */
  readonly ownedByMicrosoft: boolean;
  readonly certificates: readonly RevokedCertificate[];
  readonly svns: readonly Svn[];
}

export interface RevokedCertificate {
  /** Fingerprint in lower-case hexadecimal. */
  readonly sha256: string;
  readonly derBytes: number;
}

export interface DbxTable {
  readonly hashCount: number;
  /** Eight words per hash, in the byte order of the machine. */
  readonly words: Int32Array;
  /** Index of a hash plus one, 0 where free; the length is a power of two. */
  readonly slots: Uint32Array;
  /** Authenticode hashes, which are what firmware compares. */
  readonly authenticode: Readonly<Record<Architecture, HashSet>>;
  /** SHA-256 of whole files, which firmware never compares; in rare cases equal to the image's Authenticode hash. */
  readonly flat: HashSet;
  /** Hashes that are needed only while Production PCA 2011 is trusted (`isOptional` of dbx_info). */
  readonly optional: HashSet;
  /** Oldest first, references last. */
  readonly releases: readonly DbxRelease[];
}

/** What the data module holds. Strings of hashes and bitmaps are base64, those of `svns` too (SVN_DATA). */
export interface DbxData {
  readonly hashes: string;
  readonly architectures: Readonly<Record<Architecture, string>>;
  readonly flat: string;
  readonly optional: string;
  readonly releases: readonly {
    readonly id: string;
    readonly label: string;
    readonly date: string;
    readonly signer: string;
    readonly payloadBytes: number;
    readonly hashCount: number;
    readonly hashes: string;
    readonly certificates: readonly RevokedCertificate[];
    readonly svns: readonly string[];
  }[];
}

/**
 * The table of a data module. `decodeBase64` is the platform's native decoder for a text: decoding 53 kB here would cost
 * more than all look-ups of an analysis. Make it once per run, and only when a dbx is to be judged.
 */
export function dbxTable(data: DbxData, decodeBase64: (text: string) => Uint8Array): DbxTable {
  const words = wordsOf(decodeBase64(data.hashes));
  const set = (text: string): HashSet => setOfBytes(decodeBase64(text));
  const { x64, ia32, arm, aarch64 } = data.architectures;
  return {
    hashCount: words.length / HASH_WORDS,
    words,
    slots: slotsOf(words),
    authenticode: { x64: set(x64), ia32: set(ia32), arm: set(arm), aarch64: set(aarch64) },
    flat: set(data.flat),
    optional: set(data.optional),
    releases: data.releases.map((release) => ({
      ...release,
      hashes: set(release.hashes),
      ownedByMicrosoft: true,
      svns: release.svns.map((text) => decodeSvn(decodeBase64(text))).filter((svn) => svn !== null),
    })),
  };
}

/** Bytes as words, never to be written to: a copy where they are not aligned. A last part of a word is left out. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Int32Array(buffer, byteOffset, bytes.length >> 2);
}

/** The slots for these hashes. A free half keeps the runs short; the first word of a SHA-256 needs no mixing. */
export function slotsOf(words: Int32Array): Uint32Array {
  const count = words.length / HASH_WORDS;
  let capacity = 16;
  while (capacity < 2 * count) capacity *= 2;
  const slots = new Uint32Array(capacity);
  for (let index = 0; index < count; index++) {
    let slot = words[index * HASH_WORDS]! & (capacity - 1);
    while (slots[slot] !== 0) slot = (slot + 1) & (capacity - 1);
    slots[slot] = index + 1;
  }
  return slots;
}

/** Index of the hash whose eight words stand in `words` at `at`; -1 where the table has none. */
export function findHash(table: DbxTable, words: Int32Array, at: number): number {
  const { slots, words: known } = table;
  const mask = slots.length - 1;
  for (let slot = words[at]! & mask; ; slot = (slot + 1) & mask) {
    const index = slots[slot]! - 1;
    if (index < 0) return -1;
    if (isSameHash(known, index * HASH_WORDS, words, at)) return index;
  }
}

/** Written out, because most runs are over before a loop would be compiled. */
function isSameHash(a: Int32Array, i: number, b: Int32Array, j: number): boolean {
  return (
    a[i] === b[j] &&
    a[i + 1] === b[j + 1] &&
    a[i + 2] === b[j + 2] &&
    a[i + 3] === b[j + 3] &&
    a[i + 4] === b[j + 4] &&
    a[i + 5] === b[j + 5] &&
    a[i + 6] === b[j + 6] &&
    a[i + 7] === b[j + 7]
  );
}

/** Index of one hash; -1 for an unknown one, and for anything that has not 32 bytes. */
export function indexOfHash(table: DbxTable, hash: Uint8Array): number {
  return hash.length === HASH_BYTES ? findHash(table, wordsOf(hash), 0) : -1;
}

/** The 32 bytes of a hash of the table. */
export function hashAt(table: DbxTable, index: number): Uint8Array {
  return new Uint8Array(table.words.slice(index * HASH_WORDS, (index + 1) * HASH_WORDS).buffer);
}

/** Architectures whose images have this Authenticode hash; empty for the hash of a file. */
export function architecturesOf(table: DbxTable, index: number): readonly Architecture[] {
  return ARCHITECTURES.filter((architecture) => hasHash(table.authenticode[architecture], index));
}

/** True for a hash that firmware may meet: an Authenticode hash of any architecture, or one that a release lists. */
export function isAuthenticodeHash(table: DbxTable, index: number): boolean {
  if (ARCHITECTURES.some((architecture) => hasHash(table.authenticode[architecture], index))) return true;
  return table.releases.some(({ hashes }) => hasHash(hashes, index));
}

/** All hashes for which `isAuthenticodeHash` holds. */
export const authenticodeHashes: (table: DbxTable) => HashSet = oncePer((table) => {
  const releases = table.releases.reduce((set, { hashes }) => union(set, hashes), emptySet(table.hashCount));
  return ARCHITECTURES.reduce((set, architecture) => union(set, table.authenticode[architecture]), releases);
});

/** All hashes for which `isFlatHash` holds. */
export const flatHashes: (table: DbxTable) => HashSet = oncePer((table) =>
  difference(table.flat, authenticodeHashes(table)),
);

/**
 * True for a hash of a whole file that is no Authenticode hash at the same time: in a dbx it matches nothing. Such entries
 * came from varstored 1.2.0-3.1 of XCP-ng, whose generator took both columns of dbx_info.
 */
export function isFlatHash(table: DbxTable, index: number): boolean {
  return hasHash(table.flat, index) && !isAuthenticodeHash(table, index);
}
