import { isAllZero } from "../parsers/bytes.ts";
import { GUID_BYTES, readGuid } from "../parsers/efi/guid.ts";
import { ownerRuns } from "../parsers/efi/owner-runs.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import type { SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { nameOfGuid } from "../parsers/guids.ts";
import { oncePer } from "../parsers/once-per.ts";
import type { Detection, RuleContext, VariableRule } from "./engine/rule.ts";
import { signatureOwner } from "./knowledge/owners.ts";
import { storedCertificates } from "./knowledge/stored-certificates.ts";

const NOBODY = readGuid(new Uint8Array(GUID_BYTES), 0);

export const misspeltOwner: VariableRule = {
  meta: {
    id: "misspelt-owner",
    title: "Entries carry a slip of a known owner GUID",
    severity: "warning",
    breaks: null,
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks in KEK, db, dbx and dbt for an owner that is a known one, written wrongly: Microsoft's with two bytes exchanged (…-60bd-…), a known owner written with its bytes swapped, the GUID of a version application in the place of the version owner; and for certificates of Microsoft under an owner of all zeros.",
      why: "The daemon's filter compares the owner as well: what Microsoft's update holds is not recognised as known and stored a second time, as in the incident of October 2025 (appends to KEK are never filtered, under any owner). Tools that group entries by owner show them as somebody else's. Nothing in the check of signatures looks at the owner.",
      repair:
        "None is applied: only for the XCP-ng owner it is certain what was meant (see wrong-signature-owner). Enrol the entries again under the right owner, or leave them where no update of their publisher is expected.",
      notAFault:
        "An owner that nobody knows is no fault, and all zeros are what some tools write for a user's own keys.",
      references: [
        "varstored handler.c, filter_signature_list",
        "microsoft/secureboot_objects, pull request 30",
        "UEFI 2.10 §32.4.1, SignatureOwner",
      ],
    },
  },
  message: ({ variable, entries, owner, meant, meantName }) =>
    `${entries === 1 ? "An entry" : `${entries} entries`} of ${variable} ${entries === 1 ? "carries" : "carry"} the owner ${owner}; ${meantName}'s is ${meant}, so its updates are stored a second time.`,
  on: "variable",
  concerns: (variable) => {
    const name = secureBootName(variable);
    return name !== null && name !== "PK";
  },
  *detect(variable, context) {
    const database = context.signaturesOf(variable);
    const place = { variable, path: `variables[${variable.index}].data`, span: variable.dataSpan };
    for (const [owner, { entries, meant }] of slips(database)) {
      if (meant === null) {
        yield* unowned(database, context, place, shortName(variable.name));
        continue;
      }
      const meantName = nameOfGuid(meant) ?? meant;
      yield { ...place, facts: { variable: shortName(variable.name), entries, owner, meant, meantName } };
    }
  },
};

interface OwnerSlip {
  readonly entries: number;
  /** Null for all zeros, which may be right. */
  readonly meant: string | null;
}

/** Owners that are a slip, or nobody. */
const slips: (database: SignatureDatabase) => ReadonlyMap<string, OwnerSlip> = oncePer((database) => {
  const found = new Map<string, OwnerSlip>();
  for (const { owner, count } of ownerRuns(database)) {
    const { meant } = signatureOwner(owner, owner);
    if (meant === null && owner !== NOBODY) continue;
    found.set(owner, { meant, entries: (found.get(owner)?.entries ?? 0) + count });
  }
  return found;
});

/** All zeros say nothing by themselves, except under a certificate whose publisher is known. */
function* unowned(
  database: SignatureDatabase,
  context: RuleContext,
  place: Pick<Detection, "path" | "span"> & Partial<Detection>,
  variable: string,
): Iterable<Detection> {
  const { data } = database;
  const found = storedCertificates(database, context).filter(
    ({ offset, known }) => known !== null && isAllZero(data.subarray(offset, offset + GUID_BYTES)),
  );
  const [first] = found;
  if (first?.known == null) return;
  const meant = first.known.owner;
  const facts = { variable, entries: found.length, owner: readGuid(data, first.offset), meant };
  yield { ...place, severity: "info", facts: { ...facts, meantName: nameOfGuid(meant) ?? meant } };
}
