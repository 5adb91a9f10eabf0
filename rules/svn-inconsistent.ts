import { nameOfGuid } from "../parsers/guids.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { type HeldDbx, revokesPca2011, trustsMicrosoft } from "./engine/key-state.ts";
import type { BlobRule, RuleContext } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";
import type { OwnedSvn } from "./knowledge/dbx-inventory.ts";
import { signatureOwner } from "./knowledge/owners.ts";
import {
  formatSvn,
  highestSvns,
  isAboveKnownSvns,
  SVN_APPLICATIONS,
  SVN_OWNER,
  type Svn,
} from "./knowledge/svn.ts";

/** Numbers count releases and are small; 256 and more is what a number looks like whose two bytes were swapped. */
const MAX_PLAUSIBLE_SVN = 255;
/** Of the 32 digits of a GUID: the two that Microsoft's tables once mixed up differ in two. */
const MAX_LOOKALIKE_DIGITS = 3;
/** Microsoft has three applications; a crafted dbx may name a million. */
const MAX_NAMED = 12;
/** No dbx that loads has more entries of 48 bytes. */
const MAX_ENTRIES: number = Math.floor(VARSTORED_LIMITS.DATA_LIMIT / 48);

export const svnInconsistent: BlobRule = {
  meta: {
    id: "svn-inconsistent",
    title: "Version entries (SVN) of dbx do not fit together",
    severity: "warning",
    breaks: null,
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks at the version entries of dbx: an owner that is not the one of such entries, a GUID that only looks like that of a boot application, a number that no release has or that cannot be one, and version entries while Windows Production PCA 2011 is not revoked.",
      why: "The Windows boot manager reads its least version from these entries and does not start if its own is lower; firmware looks at none of this. An entry under another owner or for another GUID is not found, so that the older boot manager still starts; a number too high stops every boot manager there is. Restoring an older system disk has the same effect as a number too high.",
      repair:
        "None is applied: a version is never lowered without being asked for. Put back a dbx that goes with the system disk, or with Secure Boot off let Windows bring a newer boot manager.",
      notAFault:
        "Several versions of one application are normal after an append, the highest wins. A number above those known here may come from a newer release than this varscope knows, an unknown application likewise: both are remarks. Without the revocation of PCA 2011 the entries protect less than intended, which is a remark too.",
      references: [
        "microsoft/secureboot_objects, HashesJsonSchema.json (SVN_DATA) and PostSignedObjects/Readme.md",
        "Microsoft KB5025885",
      ],
    },
  },
  topics: ["start-windows"],
  message: ({
    svns,
    wrongOwners,
    lookalikes,
    implausible,
    aboveKnown,
    unknownApplications,
    pca2011Revoked,
  }) => {
    const parts = [
      said(wrongOwners, "entries under another owner"),
      said(lookalikes, "GUIDs that only look like an application's"),
      said(implausible, "numbers that cannot be versions"),
      said(aboveKnown, "numbers above those known"),
      said(unknownApplications, "unknown applications"),
      ...(pca2011Revoked === true ? [] : ["Windows Production PCA 2011 is not revoked"]),
    ].filter((text) => text !== "");
    return `dbx holds version entries (${listed(svns)}), but: ${parts.join("; ")}.`;
  },
  on: "blob",
  *detect(_blob, context) {
    const state = context.keys();
    const { dbx } = state;
    if (dbx === null || dbx.inventory.svns.length === 0 || !trustsMicrosoft(state)) return;
    const faults = faultsOf(dbx, context);
    const pca2011Revoked = revokesPca2011(state, context.platform);
    const { wrongOwners, lookalikes, implausible, aboveKnown, unknownApplications } = faults;
    const faulty = wrongOwners.length + lookalikes.length + implausible.length;
    if (pca2011Revoked && faulty + aboveKnown.length + unknownApplications.length === 0) return;
    const { variable, inventory } = dbx;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        svns: [...highestSvns(inventory.svns.map(({ svn }) => svn)).values()].slice(0, MAX_NAMED).map(named),
        ...faults,
        pca2011Revoked,
      },
      severity: faulty > 0 ? "warning" : "info",
    };
  },
};

function said(items: unknown, what: string): string {
  const texts = items as readonly string[];
  return texts.length === 0 ? "" : `${what} (${listed(texts)})`;
}

function named(svn: Svn): string {
  return `${svn.application?.fileName ?? svn.applicationGuid} ${formatSvn(svn)}`;
}

function faultsOf({ variable, inventory }: HeldDbx, { knowledge }: RuleContext) {
  const svns = inventory.svns.slice(0, MAX_ENTRIES);
  const released = knowledge.dbxTable().releases.flatMap((release) => release.svns);
  const unknown = svns.filter(({ svn }) => svn.application === null);
  const above = svns.filter(({ svn }) => isAboveKnownSvns(svn, released));
  const texts = (some: readonly OwnedSvn[], text: (one: OwnedSvn) => string): readonly string[] =>
    [...new Set(some.map(text))].slice(0, MAX_NAMED);
  return {
    // A slip of the SVN owner is misspelt-owner's.
    wrongOwners: texts(
      svns.filter(
        ({ owner }) => owner !== SVN_OWNER && signatureOwner(owner, variable.vendorGuid).meant === null,
      ),
      ({ owner, svn }) => `${named(svn)} under ${nameOfGuid(owner) ?? owner}`,
    ),
    lookalikes: texts(unknown.filter(isLookalike), ({ svn }) => named(svn)),
    unknownApplications: texts(
      unknown.filter((one) => !isLookalike(one)),
      ({ svn }) => named(svn),
    ),
    implausible: texts(
      svns.filter(({ svn }) => svn.major > MAX_PLAUSIBLE_SVN),
      ({ svn }) => named(svn),
    ),
    aboveKnown: texts(
      above.filter(({ svn }) => svn.major <= MAX_PLAUSIBLE_SVN),
      ({ svn }) => named(svn),
    ),
  };
}

/** A few digits away from a known application, or the owner's own GUID in an application's place. */
function isLookalike({ svn }: OwnedSvn): boolean {
  return [SVN_OWNER, ...SVN_APPLICATIONS.map(({ guid }) => guid)].some(
    (guid) => differentDigits(guid, svn.applicationGuid) <= MAX_LOOKALIKE_DIGITS,
  );
}

function differentDigits(a: string, b: string): number {
  return [...a].filter((digit, i) => digit !== b[i]).length;
}
