import { isAllZero, viewOf } from "../parsers/bytes.ts";
import { GUID_BYTES, readGuid } from "../parsers/efi/guid.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { type SignatureDatabase, signatureOffsets } from "../parsers/efi/signature-list.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { nameOfGuid } from "../parsers/guids.ts";
import { signatureOwner } from "./knowledge/owners.ts";
import { storedCertificates } from "./knowledge/stored-certificates.ts";
import type { Detection, RuleContext, VariableRule } from "./rule.ts";

export const misspeltOwner: VariableRule = {
  meta: {
    id: "misspelt-owner",
    title: "Entries carry a slip of a known owner GUID",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks in KEK, db, dbx and dbt for owners that are a known one with a slip: Microsoft's with two bytes exchanged (…-60bd-…), a known owner written with its bytes swapped, the GUID of a version application in the place of the version owner; and for certificates of Microsoft under an owner of all zeros.",
      why: "The daemon's filter compares the owner as well: what Microsoft's update holds is not recognised as known and stored a second time, as in the incident of October 2025. Tools that group entries by owner show them as somebody else's. Nothing in the check of signatures looks at the owner.",
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
    `${entries} entries of ${variable} carry the owner ${owner}; ${meantName} is ${meant}, and its updates will be stored beside them.`,
  on: "variable",
  *detect(variable, context) {
    const name = secureBootName(variable);
    if (name === null || name === "PK") return;
    const database = context.signaturesOf(variable);
    const place = { variable, path: `variables[${variable.index}].data`, span: variable.dataSpan };
    for (const [owner, entries] of owners(database)) {
      const { meant } = signatureOwner(owner, variable.vendorGuid);
      if (meant === null) continue;
      const meantName = nameOfGuid(meant) ?? meant;
      yield { ...place, facts: { variable: shortName(variable.name), entries, owner, meant, meantName } };
    }
    yield* unowned(database, context, place, shortName(variable.name));
  },
};

/** Entries of each owner. Neighbours mostly share theirs, so that few GUIDs are made into text. */
function owners({ data, lists }: SignatureDatabase): Map<string, number> {
  const counts = new Map<string, number>();
  const view = viewOf(data);
  let start = -1;
  let owner = "";
  let run = 0;
  const endRun = (): void => {
    if (run > 0) counts.set(owner, (counts.get(owner) ?? 0) + run);
  };
  for (const list of lists) {
    for (const offset of signatureOffsets(list)) {
      if (start < 0 || !sameGuid(view, start, offset)) {
        endRun();
        start = offset;
        owner = readGuid(data, offset);
        run = 0;
      }
      run++;
    }
  }
  endRun();
  return counts;
}

function sameGuid(view: DataView, a: number, b: number): boolean {
  for (let i = 0; i < GUID_BYTES; i += 4) if (view.getInt32(a + i) !== view.getInt32(b + i)) return false;
  return true;
}

/** All zeros say nothing by themselves, except under a certificate whose publisher is known. */
function* unowned(
  database: SignatureDatabase,
  { platform }: RuleContext,
  place: Pick<Detection, "path" | "span"> & Partial<Detection>,
  variable: string,
): Iterable<Detection> {
  const { data } = database;
  const found = storedCertificates(database, platform).filter(
    ({ offset, known }) => known !== null && isAllZero(data.subarray(offset, offset + GUID_BYTES)),
  );
  const [first] = found;
  if (first?.known == null) return;
  const meant = first.known.owner;
  const facts = { variable, entries: found.length, owner: readGuid(data, first.offset), meant };
  yield { ...place, severity: "info", facts: { ...facts, meantName: nameOfGuid(meant) ?? meant } };
}
