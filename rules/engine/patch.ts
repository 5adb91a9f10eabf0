/** The one place where a repair becomes bytes. */
import { concatBytes } from "../../parsers/bytes.ts";
import type { EfiVariable, VarstoredBlob } from "../../parsers/model.ts";
import { leftoverOf } from "../../parsers/nvram/leftover.ts";
import { buildBlob, writeBlob } from "../../parsers/nvram/varstored-blob.ts";
import type { Patch } from "./rule.ts";

/**
 * Applies the patches of one pass and returns the bytes of the new blob. Everything that no patch names stays as it was. A pass
 * names a variable at most once. `rewrite-text` changes no byte of the blob: the text is written on one line when it is written
 * back.
 */
export function applyPatches(blob: VarstoredBlob, patches: readonly Patch[]): Uint8Array {
  const replaced = new Map<number, Uint8Array>();
  const attributes = new Map<number, number>();
  const deleted = new Set<number>();
  let takeFound = false;
  let dropRest = false;
  let rewriteHeader = false;
  for (const patch of patches) {
    switch (patch.op) {
      case "replace-data":
        replaced.set(patch.index, patch.data);
        break;
      case "set-attributes":
        attributes.set(patch.index, patch.attributes);
        break;
      case "delete-variable":
        deleted.add(patch.index);
        break;
      case "take-found":
        takeFound = true;
        break;
      case "drop-rest":
        dropRest = true;
        break;
      case "rewrite-header":
        rewriteHeader = true;
        break;
      case "rewrite-text":
        break;
      default:
        patch satisfies never;
    }
  }
  const present = takeFound ? [...blob.variables, ...leftoverOf(blob).records] : blob.variables;
  const variables = present
    .filter(({ index }) => !deleted.has(index))
    .map((variable) => withData(variable, replaced))
    .map((variable) => ({ ...variable, attributes: attributes.get(variable.index) ?? variable.attributes }));
  const rest = dropRest ? { start: blob.rest.end, end: blob.rest.end } : blob.rest;
  if (rewriteHeader) {
    const counted = buildBlob(blob.version, blob.ancillary, variables);
    return concatBytes([counted, blob.bytes.subarray(rest.start, rest.end)]);
  }
  return writeBlob({ ...blob, variables, rest, declaredCount: blob.declaredCount - BigInt(deleted.size) });
}

function withData(variable: EfiVariable, replaced: ReadonlyMap<number, Uint8Array>): EfiVariable {
  const data = replaced.get(variable.index);
  return data === undefined ? variable : { ...variable, data };
}
