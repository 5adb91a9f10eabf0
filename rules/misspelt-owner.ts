import { isAllZero, viewOf } from "../parsers/bytes.ts";
import { GUID_BYTES, readGuid } from "../parsers/efi/guid.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import type { SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { secureBootName } from "../parsers/efi/signature-variables.ts";
import { nameOfGuid } from "../parsers/guids.ts";
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
    since: "0.1.0",
    docs: {
      what: "Looks in KEK, db, dbx and dbt for owners that are a known one with a slip: Microsoft's with two bytes exchanged (…-60bd-…), a known owner written with its bytes swapped, the GUID of a version application in the place of the version owner; and for certificates of Microsoft under an owner of all zeros.",
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
    `${entries === 1 ? "An entry" : `${entries} entries`} of ${variable} ${entries === 1 ? "carries" : "carry"} the owner ${owner}; ${meantName} is ${meant}, and its updates will be stored besides.`,
  on: "variable",
  *detect(variable, context) {
    const name = secureBootName(variable);
    if (name === null || name === "PK") return;
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

/** Owners that are a slip, or nobody. Neighbours mostly share theirs, so that few GUIDs are made into text. */
function slips({ data, lists }: SignatureDatabase): Map<string, OwnerSlip> {
  const found = new Map<string, OwnerSlip>();
  const view = viewOf(data);
  for (const { firstSignature, signatureSize, signatureCount } of lists) {
    const end = firstSignature + signatureCount * signatureSize;
    for (let start = firstSignature; start < end; ) {
      const next = endOfRun(view, start, end, signatureSize);
      const owner = readGuid(data, start);
      const { meant } = signatureOwner(owner, owner);
      if (meant !== null || owner === NOBODY) {
        const entries = (found.get(owner)?.entries ?? 0) + (next - start) / signatureSize;
        found.set(owner, { meant, entries });
      }
      start = next;
    }
  }
  return found;
}

/** Offset of the first entry after `start` that has another owner. Four words at a time: a dbx has a thousand entries. */
function endOfRun(view: DataView, start: number, end: number, signatureSize: number): number {
  const [a, b] = [view.getInt32(start), view.getInt32(start + 4)];
  const [c, d] = [view.getInt32(start + 8), view.getInt32(start + 12)];
  let at = start + signatureSize;
  while (
    at < end &&
    view.getInt32(at) === a &&
    view.getInt32(at + 4) === b &&
    view.getInt32(at + 8) === c &&
    view.getInt32(at + 12) === d
  ) {
    at += signatureSize;
  }
  return at;
}

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
