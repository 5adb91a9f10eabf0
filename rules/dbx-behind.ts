import { type HeldDbx, trustsMicrosoft, trustsPca2011 } from "./engine/key-state.ts";
import { nextUpdates } from "./engine/next-updates.ts";
import type { BlobRule, Facts, RuleContext } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";
import { coverage, isCovered, newestHashRelease } from "./knowledge/dbx-releases.ts";
import { countCommon } from "./knowledge/hash-set.ts";

export const dbxBehind: BlobRule = {
  meta: {
    id: "dbx-behind",
    title: "Revocations of Microsoft's newest known release are missing in dbx",
    severity: "info",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Compares the hashes of dbx, as a set and under any owner, with each known release of Microsoft's dbx; reports what is missing of the newest, which releases are covered in full, and which update would fit next.",
      why: "Boot loaders with known holes that the newest release revokes still start with Secure Boot. Releases are not nested: entries are dropped and come back, so neither the count nor the last entry tells the version.",
      repair:
        "None is applied: the guest takes the update, by Windows or fwupd; the finding names the newest known one that fits.",
      notAFault:
        "Entries that are optional in Microsoft's table count only while db trusts Windows Production PCA 2011 and dbx does not revoke it. A store without a certificate of Microsoft in KEK or db is measured by nothing. What came out after this version of varscope is not known to it; --reference FILE adds it.",
      references: [
        "microsoft/secureboot_objects, PostSignedObjects/DBX and PreSignedObjects/DBX/dbx_info_msft_*.json",
        "fwupd issues 8914 and 10963 (why counts and last entries mislead)",
      ],
    },
  },
  topics: ["update-dbx", "write-dbx"],
  message: ({ present, newest, missing, ofHashes, covers, next }) => {
    const update =
      next === null ? "no known update that KEK can verify brings more and fits" : `the update ${next} fits`;
    if (present === false) return `There is no dbx, so nothing is revoked; ${update}.`;
    const covered = (covers as readonly string[]).length === 0 ? "no known release in full" : listed(covers);
    return `dbx lacks ${missing} of the ${ofHashes} hashes of the release ${newest}; it covers ${covered}, and ${update}.`;
  },
  on: "blob",
  *detect(blob, context) {
    const state = context.keys();
    if (!trustsMicrosoft(state) || (state.dbx === null && blob.stop !== null)) return;
    const next = nextUpdates(blob, context).find(
      ({ effect, release }) => effect === "fits" && release.hashCount > 0,
    );
    const facts = state.dbx === null ? withoutDbx(context) : missingFrom(state.dbx, context);
    if (facts === null) return;
    const variable = state.dbx?.variable;
    yield {
      ...(variable === undefined
        ? { path: "", span: null }
        : { variable, path: `variables[${variable.index}].data`, span: variable.dataSpan }),
      facts: { ...facts, next: next?.id ?? null },
    };
  },
};

/** Null for a table without a release that lists hashes. */
function withoutDbx({ knowledge }: RuleContext): Facts | null {
  const newest = newestHashRelease(knowledge.dbxTable());
  if (newest === null) return null;
  const { id, hashCount } = newest;
  return { present: false, newest: id, missing: hashCount, ofHashes: hashCount, covers: [] };
}

/** Null where the newest release is covered. */
function missingFrom({ inventory }: HeldDbx, context: RuleContext): Facts | null {
  const table = context.knowledge.dbxTable();
  const newest = newestHashRelease(table);
  const optionalMatters = trustsPca2011(context.keys(), context.platform);
  const releases = coverage(inventory, table);
  const measured = releases.find(({ release }) => release === newest);
  if (measured === undefined || isCovered(measured, optionalMatters)) return null;
  const { release, missingCount, missingOptionalCount } = measured;
  const covers = releases.filter((one) => one.release.hashCount > 0 && isCovered(one, optionalMatters));
  return {
    present: true,
    newest: release.id,
    missing: optionalMatters ? missingCount : missingCount - missingOptionalCount,
    missingOptional: missingOptionalCount,
    optionalMatters,
    ofHashes: release.hashCount - (optionalMatters ? 0 : countCommon(release.hashes, table.optional)),
    covers: covers.map((one) => one.release.id),
  };
}
