import { oncePer } from "../parsers/once-per.ts";
import { trustsMicrosoft } from "./engine/key-state.ts";
import type { BlobRule } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";
import type { DbxInventory } from "./knowledge/dbx-inventory.ts";
import { newestHashRelease } from "./knowledge/dbx-releases.ts";
import { ARCHITECTURES, type Architecture, type DbxTable } from "./knowledge/dbx-table.ts";
import {
  countCommon,
  countHashes,
  difference,
  emptySet,
  type HashSet,
  intersection,
  union,
} from "./knowledge/hash-set.ts";

/** Below this part of the newest release's hashes a dbx does not do its work for x64. */
const POOR_COVERAGE = 0.5;

export const dbxWrongArchitecture: BlobRule = {
  meta: {
    id: "dbx-wrong-architecture",
    title: "The revocations of dbx are for another architecture",
    severity: "warning",
    breaks: null,
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Sorts the hashes of dbx by the architectures whose images they belong to, and reports a dbx most of whose hashes belong to ia32, arm or aarch64 only, while less than half of the newest release for x64 is there.",
      why: "Guests of XCP-ng and XenServer boot x64 images. Microsoft publishes one dbx for each architecture, under the same file name; the wrong one takes up the same space and revokes nothing that could start here.",
      repair:
        "None is applied: let the guest take the update for x64 (amd64). It is added to what is there; the entries of the other architecture do no harm beyond their size.",
      notAFault:
        "Some hashes of other architectures beside those of x64 are normal, and hashes that no table knows may be anybody's own.",
      references: ["microsoft/secureboot_objects, PostSignedObjects/DBX", "fwupd pull request 10962"],
    },
  },
  topics: ["update-dbx"],
  message: ({ foreign, imageHashes, architectures, x64, newest, ofHashes, newestCovered }) =>
    `${foreign} of ${imageHashes} hashes of dbx belong to images for ${listed(architectures)} only, and ${x64} to x64; ${newestCovered} of ${ofHashes} hashes of the release ${newest} for x64 are there.`,
  on: "blob",
  *detect(_blob, context) {
    const state = context.keys();
    if (state.dbx === null || !trustsMicrosoft(state)) return;
    const { variable, inventory } = state.dbx;
    const table = context.knowledge.dbxTable();
    const newest = newestHashRelease(table);
    if (newest === null) return;
    const { x64, foreign } = sorted(inventory, table);
    const imageHashes = countHashes(x64) + countHashes(foreign) + inventory.unknownOffsets.length;
    const newestCovered = countCommon(newest.hashes, inventory.known);
    if (countHashes(foreign) <= imageHashes / 2 || newestCovered >= newest.hashCount * POOR_COVERAGE) return;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        imageHashes,
        x64: countHashes(x64),
        foreign: countHashes(foreign),
        architectures: FOREIGN.filter((one) => countCommon(table.authenticode[one], foreign) > 0),
        newest: newest.id,
        newestCovered,
        ofHashes: newest.hashCount,
      },
    };
  },
};

const FOREIGN: readonly Architecture[] = ARCHITECTURES.filter((architecture) => architecture !== "x64");

interface SortedHashes {
  readonly x64: HashSet;
  readonly foreign: HashSet;
}

/** The hashes of images, without those of whole files: what concerns a guest, and what only others. Releases are for x64. */
const sortedTable: (table: DbxTable) => SortedHashes = oncePer((table) => {
  const x64 = table.releases.reduce((set, { hashes }) => union(set, hashes), table.authenticode.x64);
  const others = FOREIGN.reduce((set, one) => union(set, table.authenticode[one]), emptySet(0));
  return { x64, foreign: difference(others, x64) };
});

const sorted: (inventory: DbxInventory, table: DbxTable) => SortedHashes = oncePer(
  ({ known }: DbxInventory, table: DbxTable) => {
    const { x64, foreign } = sortedTable(table);
    return { x64: intersection(known, x64), foreign: intersection(known, foreign) };
  },
);
