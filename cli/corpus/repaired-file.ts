/** What `repair` would write for the input of a case. */

import { nodeWorld } from "../../cli/io/world.ts";
import { openInput } from "../../library/input/open-input.ts";
import { readAll } from "../../library/input/read-all.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { isWrittenBack } from "../../parsers/write-back/index.ts";
import { type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import { base64Text, writeBack } from "../write-back.ts";

/**
 * By the default strategy, without compression; null where there is nothing to write. Throws ParseError where the result
 * is larger than a case may be, or where the input cannot be read while it is copied.
 */
export async function repairedContent(path: string, settings: RepairSettings): Promise<Uint8Array | null> {
  const { dump, document, error } = await openInput(path, nodeWorld);
  if (dump === null) return null;
  const blobs = new Map<number, Uint8Array>();
  for (const [copy, vm] of dump.vms.entries()) {
    const outcome = repairVm(vm, "merge", settings);
    if (outcome.kind === "refused") return null;
    if (outcome.kind === "repaired") blobs.set(copy, outcome.bytes);
  }
  if (blobs.size === 0) return null;
  if (document === null || !isWrittenBack(dump.format)) {
    const only = dump.vms.length === 1 ? blobs.get(0) : undefined;
    if (only === undefined) return null;
    return dump.format === "vars" ? only : base64Text(only);
  }
  const watch = () => () => {};
  const result = writeBack({ path, document, error, dump, blobs, compress: false, watch }, settings);
  if (result.kind === "failed") return null;
  const { content } = result;
  return content instanceof Uint8Array ? content : readAll(content, PARSER_LIMITS.maxCaseInputBytes);
}
