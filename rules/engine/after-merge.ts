/** What merge would leave of a blob: for rules on sizes, which its repairs mend in passing. */
import { equalBytes } from "../../parsers/bytes.ts";
import { isMergedVariable } from "../../parsers/efi/signature-variables.ts";
import type { VarstoredBlob } from "../../parsers/model.ts";
import { isFiller } from "../../parsers/nvram/leftover.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { keyStateOf } from "./key-state.ts";
import { mergedDatabase } from "./merged.ts";
import { applyPatches } from "./patch.ts";
import type { Patch, Repair, RuleContext } from "./rule.ts";

/**
 * An announced repair for a finding about sizes that goes away when `merge` applies the repairs of other findings. Null where
 * `merge` changes nothing, or where the finding stays. `stays` is called with the blob after `merge`, and with its context.
 */
export function repairByMerge(
  blob: VarstoredBlob,
  context: RuleContext,
  stays: (after: VarstoredBlob, context: RuleContext) => boolean,
): Repair | null {
  const patches = patchesOfMerge(blob, context);
  if (patches.length === 0) return null;
  const after = openBlob(applyPatches(blob, patches));
  const { platform, knowledge, signaturesOf } = context;
  const keys = () => keyStateOf(after, { platform, knowledge, signaturesOf });
  if (stays(after, { ...context, blob: after, keys })) return null;
  const title = `Merge: the NVRAM then has ${after.bytes.length} bytes instead of ${blob.bytes.length}`;
  return { applicability: "safe", announced: "with-any", title, patches: [] };
}

function patchesOfMerge(blob: VarstoredBlob, { platform, signaturesOf }: RuleContext): readonly Patch[] {
  const patches: Patch[] = [];
  for (const variable of blob.variables) {
    if (!isMergedVariable(variable)) continue;
    const { data } = mergedDatabase(variable, signaturesOf(variable), platform).database();
    if (!equalBytes(data, variable.data)) patches.push({ op: "replace-data", index: variable.index, data });
  }
  const { start, end } = blob.rest;
  if (end > start && isFiller(blob.bytes.subarray(start, end))) patches.push({ op: "drop-rest" });
  return patches;
}
