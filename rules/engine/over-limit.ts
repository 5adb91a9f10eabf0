/** What becomes of a variable with more data than the daemon loads: the mildest repair that brings it below the limit. */
import { shortName } from "../../parsers/efi/short-name.ts";
import { SIGNATURE_OWNER_BYTES, type SignatureDatabase } from "../../parsers/efi/signature-list.ts";
import { isMergedVariable, secureBootName } from "../../parsers/efi/signature-variables.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { EfiVariable } from "../../parsers/model.ts";
import { takeInventory } from "../knowledge/dbx-inventory.ts";
import { flatHashes, HASH_BYTES } from "../knowledge/dbx-table.ts";
import { countCommon } from "../knowledge/hash-set.ts";
import { leavesNothing } from "./drop-signatures.ts";
import { mergedDatabase, salvagedDatabase } from "./merged.ts";
import type { Repair, RuleContext } from "./rule.ts";
import { counted } from "./sentences.ts";

const { DATA_LIMIT } = VARSTORED_LIMITS;

type Needs = Pick<RuleContext, "platform" | "knowledge">;

export function entriesOf({ lists }: SignatureDatabase): number {
  return lists.reduce((sum, list) => sum + list.signatureCount, 0);
}

/** Whether what can be read of a database with a fault fits, as it is or without hashes that match nothing. */
export function isSavedBySalvage(database: SignatureDatabase, context: Needs): boolean {
  const { data } = salvagedDatabase(database, context.platform);
  return (
    data.length > 0 &&
    data.length - flatBytes(salvagedDatabase(database, context.platform), context) <= DATA_LIMIT
  );
}

/** Bytes of hashes of whole files; 0 where dropping them would leave nothing. */
function flatBytes(database: SignatureDatabase, { platform, knowledge }: Needs): number {
  if (database.fault !== null) return 0;
  const table = knowledge.dbxTable();
  const { known } = takeInventory(table, database, platform);
  const count = countCommon(known, flatHashes(table));
  return leavesNothing(database, count) ? 0 : count * (SIGNATURE_OWNER_BYTES + HASH_BYTES);
}

/** The repair of a variable that is too long: announced where repairs of other rules make it short enough, else its deletion. */
export function overLimitRepair(variable: EfiVariable, database: SignatureDatabase, context: Needs): Repair {
  const name = shortName(variable.name);
  const bytes = variable.data.length;
  if (isMergedVariable(variable)) {
    const isDbx = secureBootName(variable) === "dbx";
    const merged = mergedDatabase(variable, database, context.platform);
    const { bytes: size } = merged;
    if (size <= DATA_LIMIT) {
      const title = `Store identical entries of ${name} once, all under Microsoft's owner where they had XCP-ng's: ${bytes} -> ${size} bytes`;
      return { applicability: "safe", announced: true, title, patches: [] };
    }
    const flat = isDbx ? flatBytes(merged.database(), context) : 0;
    if (flat > 0 && size - flat <= DATA_LIMIT) {
      const title = `Drop hashes of whole files from ${name}, which match nothing: ${bytes} -> ${size - flat} bytes`;
      return {
        applicability: "unsafe",
        announced: true,
        strategies: ["compact", "remove"],
        title,
        patches: [],
      };
    }
    if (database.fault !== null && isSavedBySalvage(database, context)) {
      const title = `Keep of ${name} what can be read, ${counted(entriesOf(database), "entry", "entries")}, and merge that`;
      return { applicability: "unsafe", announced: true, strategies: ["remove"], title, patches: [] };
    }
  }
  return {
    applicability: "unsafe",
    title: `Delete ${name} (${bytes} bytes)`,
    patches: [{ op: "delete-variable", index: variable.index }],
  };
}
