import { hasBytesAt } from "../parsers/bytes.ts";
import { guidBytes } from "../parsers/efi/guid.ts";
import { entriesOwnedBy } from "../parsers/efi/owner-runs.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import type { SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { isMergedVariable } from "../parsers/efi/signature-variables.ts";
import { XCP_NG_OWNER } from "../parsers/guids.ts";
import type { EfiVariable } from "../parsers/model.ts";
import { reowned } from "./engine/merged.ts";
import { deferredRepair, type Repair, type VariableRule } from "./engine/rule.ts";

const XCP_NG_OWNER_BYTES = guidBytes(XCP_NG_OWNER);

export const wrongSignatureOwner: VariableRule = {
  meta: {
    id: "wrong-signature-owner",
    title: "Entries of KEK, db or dbx carry the XCP-ng owner GUID",
    severity: "error",
    breaks: "update",
    repairable: "sometimes",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks for signatures in KEK, db and dbx whose owner is the GUID of XCP-ng (9be025e2-415b-435d-ad61-6b3e094fc28d).",
      why: "The varstored 1.2.0-3.1 update of October 2025 planted Microsoft's certificates and revocations under this owner. The daemon drops an appended entry as known only if owner and data are the same, so Microsoft's own dbx update is stored a second time. Before the fix the dbx could so grow past 57344 bytes, and the VM no longer starts; with the fix the update is refused each time.",
      repair:
        "Safe: the entries are given Microsoft's owner GUID (77fa9abd-0359-4d32-bd60-28f4e78f784b), and entries that are then identical are stored once. The owner is a label; no signature is lost.",
      notAFault: "PK is owned by XCP-ng rightly; an owner that nobody knows is no fault either.",
      references: [
        "varstored handler.c, filter_signature_list",
        "xcp-ng-rpms/varstored SOURCES/fix-efivars.py, KNOWN_VARIABLES",
        "XCP-ng blog, 2025-10-30: varstored update, unbootable VM risk and remediation",
      ],
    },
  },
  topics: ["change-owners", "update-dbx"],
  message: ({ variable, wrong, signatures }) =>
    wrong === 0
      ? `${variable} holds the XCP-ng owner GUID in bytes that are no readable signature list.`
      : `${variable} has the XCP-ng owner GUID instead of Microsoft's in ${wrong} of ${signatures} entries; Microsoft's updates will be stored a second time or refused.`,
  on: "variable",
  concerns: isMergedVariable,
  *detect(variable, { signaturesOf }) {
    const database = signaturesOf(variable);
    const wrong = entriesOwnedBy(database, XCP_NG_OWNER);
    // As the host's script, which looks for the 16 bytes anywhere: lists that cannot be read may still hold them.
    const hidden = wrong === 0 && database.fault !== null && holdsBytes(variable.data, XCP_NG_OWNER_BYTES);
    if (wrong === 0 && !hidden) return;
    const signatures = database.lists.reduce((sum, list) => sum + list.signatureCount, 0);
    const facts = {
      variable: shortName(variable.name),
      wrong,
      signatures,
      owner: XCP_NG_OWNER,
    };
    const repair: Repair = hidden
      ? { applicability: "manual", title: "Repair the signature list first", patches: [] }
      : reownedRepair(variable, database, `${wrong} of ${signatures} entries`);
    yield { variable, path: `variables[${variable.index}].data`, span: variable.dataSpan, facts, repair };
  },
};

function reownedRepair(variable: EfiVariable, database: SignatureDatabase, share: string): Repair {
  const title = `Set Microsoft's owner GUID in ${shortName(variable.name)} (${share})`;
  return deferredRepair({ applicability: "safe", title }, () => [
    { op: "replace-data", index: variable.index, data: reowned(database) },
  ]);
}

function holdsBytes(bytes: Uint8Array, needle: Uint8Array): boolean {
  const first = needle[0] ?? 0;
  for (let at = bytes.indexOf(first); at !== -1; at = bytes.indexOf(first, at + 1)) {
    if (hasBytesAt(bytes, at, needle)) return true;
  }
  return false;
}
