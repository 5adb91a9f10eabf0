import { shortName } from "../parsers/efi/short-name.ts";
import type { SignatureDatabase } from "../parsers/efi/signature-list.ts";
import { isMergedVariable, signatureVariableKind } from "../parsers/efi/signature-variables.ts";
import type { EfiVariable } from "../parsers/model.ts";
import { dropSignatures } from "./engine/drop-signatures.ts";
import { type Duplicates, findDuplicates } from "./engine/duplicates.ts";
import { mergedDatabase } from "./engine/merged.ts";
import { deferredRepair, type Repair, type RuleContext, type VariableRule } from "./engine/rule.ts";

export const duplicateSignature: VariableRule = {
  meta: {
    id: "duplicate-signature",
    title: "The same hash or certificate stands twice in a variable",
    severity: "warning",
    breaks: null,
    repairable: "sometimes",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks for entries of one variable that have the same type and data, whatever their owner.",
      why: "A second copy adds nothing and uses up the 57344 bytes that a variable may have. It comes from appends under another owner, from updates that hold an entry twice, and from appends to KEK, which the daemon never filters.",
      repair:
        "Safe where type, owner and data are the same in KEK, db or dbx: the first entry stays in its place, the others go, and a list that this leaves empty goes with them. Copies under different owners stay.",
      notAFault: "Version entries (SVN) are no hashes: several of them are normal, the highest counts.",
      references: [
        "varstored handler.c, filter_signature_list",
        "UEFI 2.10 §8.2.2, EFI_VARIABLE_APPEND_WRITE",
      ],
    },
  },
  topics: ["update-dbx"],
  message: ({ variable, duplicates, bytesWasted, owners }) =>
    `${variable} repeats ${duplicates === 1 ? "one entry" : `${duplicates} entries`} (${bytesWasted} bytes; owners: ${(owners as readonly string[]).join(", ")}).`,
  on: "variable",
  concerns: (variable) => signatureVariableKind(variable) !== null,
  *detect(variable, context) {
    const database = context.signaturesOf(variable);
    const found = findDuplicates(database, context.platform.hashSeed);
    if (found.duplicates === 0) return;
    const repair = isMergedVariable(variable)
      ? (storeOnce(variable, database, found) ?? storedOnceLater(variable, database, context))
      : null;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        variable: shortName(variable.name),
        signatures: found.signatures,
        duplicates: found.duplicates,
        identical: found.identical.length,
        bytesWasted: found.bytesWasted,
        owners: found.owners,
      },
      ...(repair === null ? {} : { repair }),
    };
  },
};

/** Null where no two entries are identical, or where the lists cannot be taken apart with certainty. */
function storeOnce(
  variable: EfiVariable,
  database: SignatureDatabase,
  { identical }: Duplicates,
): Repair | null {
  if (identical.length === 0 || database.fault !== null) return null;
  const title = `Store identical entries of ${shortName(variable.name)} once (${identical.length} fewer)`;
  return deferredRepair({ applicability: "safe", title }, () => {
    const data = dropSignatures(database, identical);
    return [{ op: "replace-data", index: variable.index, data }];
  });
}

/** Copies that are identical once other repairs are done: under Microsoft's owner, in a list of the true size. */
function storedOnceLater(
  variable: EfiVariable,
  database: SignatureDatabase,
  { platform }: RuleContext,
): Repair | null {
  const merged = mergedDatabase(variable, database, platform);
  if (merged.fault !== null || merged.duplicatesLeft > 0) return null;
  const bytes = database.data.length - merged.bytes;
  const title = `Store identical entries of ${shortName(variable.name)} once, after its other repairs (${bytes} bytes less)`;
  return { applicability: "safe", announced: true, title, patches: [] };
}
