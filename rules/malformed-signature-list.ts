import { shortName } from "../parsers/efi/short-name.ts";
import type { SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { isMergedVariable, signatureVariableKind } from "../parsers/efi/signature-variables.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { EfiVariable } from "../parsers/model.ts";
import { hasFillerBehind, readableLists, withTrueSize } from "./engine/merged.ts";
import { entriesOf, isSavedBySalvage } from "./engine/over-limit.ts";
import {
  deferredRepair,
  type Patch,
  type Repair,
  type RuleContext,
  type VariableRule,
} from "./engine/rule.ts";
import { counted } from "./engine/sentences.ts";

export const malformedSignatureList: VariableRule = {
  meta: {
    id: "malformed-signature-list",
    title: "A signature list does not add up",
    severity: "error",
    breaks: "update",
    repairable: "sometimes",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Reads the signature lists of PK, KEK, db, dbx, dbt and shim's Mok lists and reports the first size that does not fit: a list longer than what is left, a header or entry size that cannot be, a part of an entry, bytes that no list explains.",
      why: "The daemon loads such a variable, because it does not look into it at start. At the next append it walks the stored lists: a list size of zero never ends, an entry size of zero divides by zero, and a list past the end hides its entries from the filter. Firmware and shim may ignore the list, or refuse it.",
      repair:
        "Safe where only the size of the last list is too large and whole entries fill the rest: the size is corrected to the entries that are there. Of a KEK, db or dbx that is longer than the daemon loads, bytes behind the last list in which nothing can be read are dropped as well, and --strategy remove keeps of it what can be read where that saves it. Anything else is shown and left as it is.",
      references: [
        "varstored handler.c, check_signature_list_format and filter_signature_list",
        "UEFI 2.10 §32.4.1",
      ],
    },
  },
  topics: ["update-dbx", "hosts"],
  message: ({ variable, at, expected, found, readable }) =>
    `The signature lists of ${variable} are malformed at byte ${at} of its data: expected ${expected}, found ${found}. ${readable} ${readable === 1 ? "entry" : "entries"} could be read.`,
  on: "variable",
  concerns: (variable) => signatureVariableKind(variable) !== null,
  *detect(variable, context) {
    const database = context.signaturesOf(variable);
    const { fault } = database;
    if (fault === null) return;
    const readable = entriesOf(database);
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
      repair: mendedLists(variable, database, context) ?? {
        applicability: "manual",
        title: `Rewrite ${shortName(variable.name)} from a copy that is known to be good`,
        patches: [],
      },
    };
  },
};

/** Null where only a person can say what the lists were. */
function mendedLists(
  variable: EfiVariable,
  database: SignatureDatabase,
  context: RuleContext,
): Repair | null {
  if (!isMergedVariable(variable)) return null;
  const { index } = variable;
  const name = shortName(variable.name);
  const sized = withTrueSize(database);
  if (sized !== null) {
    const { span, signatureListSize } = database.lists.at(-1)!;
    const title = `Correct the list size of ${name} from ${signatureListSize} to the ${span.end - span.start} bytes that are there`;
    return { applicability: "safe", title, patches: [{ op: "replace-data", index, data: sized }] };
  }
  if (variable.data.length <= VARSTORED_LIMITS.DATA_LIMIT) return null;
  // The daemon does not load it, and else it would have to be deleted.
  const patches = (): readonly Patch[] => [{ op: "replace-data", index, data: readableLists(database) }];
  if (hasFillerBehind(database)) {
    const rest = counted(database.rest.end - database.rest.start, "byte");
    const title = `Drop ${rest} behind the last list of ${name}, in which nothing can be read`;
    return deferredRepair({ applicability: "safe", title }, patches);
  }
  if (!isSavedBySalvage(database, context)) return null;
  const title = `Keep of ${name} what can be read, ${counted(entriesOf(database), "entry", "entries")}, and drop the rest`;
  return deferredRepair({ applicability: "unsafe", strategies: ["remove"], title }, patches);
}
