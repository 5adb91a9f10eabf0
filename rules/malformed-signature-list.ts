import { viewOf } from "../parsers/bytes.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { readSignatureDatabase, type SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { isMergedVariable, signatureVariableKind } from "../parsers/efi/signature-variables.ts";
import type { EfiVariable } from "../parsers/model.ts";
import type { Repair, VariableRule } from "./engine/rule.ts";

const LIST_SIZE_OFFSET = 16;

export const malformedSignatureList: VariableRule = {
  meta: {
    id: "malformed-signature-list",
    title: "A signature list does not add up",
    severity: "error",
    breaks: "update",
    repairable: "sometimes",
    since: "0.1.0",
    docs: {
      what: "Reads the signature lists of PK, KEK, db, dbx, dbt and shim's Mok lists and reports the first size that does not fit: a list longer than what is left, a header or entry size that cannot be, a part of an entry, bytes that no list explains.",
      why: "The daemon loads such a variable, because it does not look into it at start. At the next append it walks the stored lists: a list size of zero never ends, an entry size of zero divides by zero, and a list past the end hides its entries from the filter. Firmware and shim may ignore the list, or refuse it.",
      repair:
        "Safe where only the size of the last list is too large and whole entries fill the rest: the size is corrected to the entries that are there. Anything else is shown and left as it is.",
      references: [
        "varstored handler.c, check_signature_list_format and filter_signature_list",
        "UEFI 2.10 §32.4.1",
      ],
    },
  },
  message: ({ variable, at, expected, found, readable }) =>
    `The signature lists of ${variable} are malformed at byte ${at} of its data: expected ${expected}, found ${found}. ${readable} entries could be read.`,
  on: "variable",
  concerns: (variable) => signatureVariableKind(variable) !== null,
  *detect(variable, { signaturesOf }) {
    const database = signaturesOf(variable);
    const { fault } = database;
    if (fault === null) return;
    const readable = database.lists.reduce((sum, list) => sum + list.signatureCount, 0);
    const start = variable.dataSpan.start + fault.offset;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: { start: Math.min(start, variable.dataSpan.end), end: variable.dataSpan.end },
      facts: {
        variable: shortName(variable.name),
        fault: fault.code,
        at: fault.offset,
        expected: fault.expected,
        found: fault.found,
        readable,
      },
      breaks: signatureVariableKind(variable) === "mok" ? "secure-boot" : "update",
      repair: correctedSize(variable, database) ?? {
        applicability: "manual",
        title: `Rewrite ${shortName(variable.name)} from a copy that is known to be good`,
        patches: [],
      },
    };
  },
};

/** The last list ends with the data, in whole entries, and only its declared size says otherwise. */
function correctedSize(variable: EfiVariable, database: SignatureDatabase): Repair | null {
  const list = database.lists.at(-1);
  if (list === undefined || !isMergedVariable(variable)) return null;
  if (list.fault?.code !== "list-size-past-end" || list.signatureCount === 0) return null;
  const size = list.span.end - list.span.start;
  const data = variable.data.slice();
  viewOf(data).setUint32(list.span.start + LIST_SIZE_OFFSET, size, true);
  if (readSignatureDatabase(data).fault !== null) return null;
  const title = `Correct the list size of ${shortName(variable.name)} from ${list.signatureListSize} to the ${size} bytes that are there`;
  return { applicability: "safe", title, patches: [{ op: "replace-data", index: variable.index, data }] };
}
