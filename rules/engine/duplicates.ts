/** Entries of one signature database that stand in it more than once. */
import { ownerRuns } from "../../parsers/efi/owner-runs.ts";
import { indexSignatures, type SignatureIndex } from "../../parsers/efi/signature-index.ts";
import type { SignatureDatabase } from "../../parsers/efi/signature-list.ts";
import { guidNamed, nameOfGuid } from "../../parsers/guids.ts";
import { oncePer } from "../../parsers/once-per.ts";

const SVN_OWNER = guidNamed("EFI_CERT_SVN");

export interface Duplicates {
  /** All entries. */
  readonly signatures: number;
  readonly duplicates: number;
  readonly bytesWasted: number;
  /** Names, else GUIDs, of the owners of all copies. */
  readonly owners: readonly string[];
  /** Offsets of entries whose owner is that of an earlier entry with the same data, too. */
  readonly identical: readonly number[];
}

const NO_DUPLICATES: Omit<Duplicates, "signatures"> = {
  duplicates: 0,
  bytesWasted: 0,
  owners: [],
  identical: [],
};

export const findDuplicates: (database: SignatureDatabase, seed: number) => Duplicates = oncePer(
  (database: SignatureDatabase, seed: number) => duplicatesOf(database, indexOf(database, seed)),
);

/** An index of entries with the same data, whatever their owner. */
export const indexOf: (database: SignatureDatabase, seed: number) => SignatureIndex =
  oncePer(indexSignatures);

/** `ownerOf` is given each owner as it is stored, and says whom to take for it. */
export function duplicatesOf(
  database: SignatureDatabase,
  { count, offsets, lists, firstWithSameData, repeated }: SignatureIndex,
  ownerOf: (stored: string) => string = (stored) => stored,
): Duplicates {
  if (repeated === 0) return { ...NO_DUPLICATES, signatures: count };
  const owners = entryOwners(database, count, ownerOf);
  const svnOwner = owners.names.indexOf(SVN_OWNER);
  const seen = new SeenOwners(owners);
  const identical: number[] = [];
  let duplicates = 0;
  let bytesWasted = 0;
  for (let entry = 0; entry < count; entry++) {
    const first = firstWithSameData[entry]!;
    if (first === entry) continue;
    const owner = owners.ofEntry[entry]!;
    if (owner === svnOwner && owners.ofEntry[first] === svnOwner) continue;
    if (!seen.add(first, owner)) identical.push(offsets[entry]!);
    duplicates++;
    bytesWasted += database.lists[lists[entry]!]!.signatureSize;
  }
  const shown = [...seen.all].map((owner) => owners.names[owner]!).sort();
  return {
    signatures: count,
    duplicates,
    bytesWasted,
    identical,
    owners: shown.map((guid) => nameOfGuid(guid) ?? guid),
  };
}

interface EntryOwners {
  /** Different ones. */
  readonly names: readonly string[];
  /** For each entry its owner's place in `names`. */
  readonly ofEntry: Int32Array;
}

function entryOwners(
  database: SignatureDatabase,
  count: number,
  ownerOf: (stored: string) => string,
): EntryOwners {
  const places = new Map<string, number>();
  const ofEntry = new Int32Array(count);
  let entry = 0;
  for (const run of ownerRuns(database)) {
    const owner = ownerOf(run.owner);
    const place = places.get(owner) ?? places.size;
    places.set(owner, place);
    ofEntry.fill(place, entry, entry + run.count);
    entry += run.count;
  }
  return { names: [...places.keys()], ofEntry };
}

const NOBODY = -1;

/** Which owners copies of the same data have had so far. Nearly always there are two at most, for which no set is made. */
class SeenOwners {
  /** Owners of all copies. */
  readonly all = new Set<number>();
  readonly #owners: EntryOwners;
  readonly #second: Int32Array;
  readonly #further = new Set<number>();

  constructor(owners: EntryOwners) {
    this.#owners = owners;
    this.#second = new Int32Array(owners.ofEntry.length).fill(NOBODY);
  }

  /** True where no copy of entry `first` had this owner before. */
  add(first: number, owner: number): boolean {
    const { ofEntry, names } = this.#owners;
    const firstOwner = ofEntry[first]!;
    if (this.#second[first] === NOBODY) this.all.add(firstOwner);
    if (owner === firstOwner || owner === this.#second[first]) return false;
    this.all.add(owner);
    if (this.#second[first] === NOBODY) {
      this.#second[first] = owner;
      return true;
    }
    const size = this.#further.size;
    return this.#further.add(first * names.length + owner).size > size;
  }
}
