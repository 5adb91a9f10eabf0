import { runtimeBytes, usedBytes, variableBytes } from "../daemon/space.ts";
import { shortName } from "../parsers/efi/short-name.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { EfiVariable, VarstoredBlob } from "../parsers/model.ts";
import { repairByMerge } from "./engine/after-merge.ts";
import type { BlobRule } from "./engine/rule.ts";

const { TOTAL_LIMIT } = VARSTORED_LIMITS;
const NEAR_PERCENT = 90;
const SHOWN_VARIABLES = 3;
const MOST_RUNTIME_BYTES = runtimeBytes([]);

export const nearTotalLimit: BlobRule = {
  meta: {
    id: "near-total-limit",
    title: "The NVRAM is nearly full",
    severity: "warning",
    breaks: null,
    repairable: "sometimes",
    since: "0.1.0",
    docs: {
      what: "Adds up all variables as the daemon does (name, data and 128 bytes for each), with those that it makes itself at start, and reports more than nine tenths of the 131072 bytes.",
      why: "A write that would pass the total is refused as out of resources, whoever makes it: updates of dbx and db, new boot entries, machine owner keys. The total is not looked at when a blob is loaded, so the VM starts even where it is passed already; then only deletions succeed.",
      repair:
        "Which variables are dispensable is the guest's business, so none is deleted. The finding names the largest ones; inspect shows all. Where merging copies in KEK, db and dbx (see wrong-signature-owner and duplicate-signature) brings the total below nine tenths, the finding says so.",
      references: [
        "varstored handler.c, get_space_usage and do_set_variable",
        "varstored include/handler.h, TOTAL_LIMIT (65536 in the first public version)",
      ],
    },
  },
  topics: ["hosts"],
  message: ({ used, total, left, largest }) =>
    `By the daemon's count ${used} of ${total} bytes are in use, ${left} are left. The largest variables: ${(largest as readonly string[]).join(", ")}.`,
  on: "blob",
  *detect(blob, context) {
    const { variables } = blob;
    const used = usedIfNear(blob);
    if (used === null) return;
    const repair = repairByMerge(blob, context, (after) => usedIfNear(after) !== null);
    const facts = {
      used,
      total: TOTAL_LIMIT,
      left: Math.max(0, TOTAL_LIMIT - used),
      largest: largest(variables),
    };
    yield { path: "", span: null, facts, ...(repair === null ? {} : { repair }) };
  },
};

/** Bytes in use by the daemon's count; null where that is not near the total. */
function usedIfNear({ variables }: VarstoredBlob): number | null {
  const stored = usedBytes(variables);
  // Which of its own the daemon finds is asked only where that can matter.
  if (!isNear(stored + MOST_RUNTIME_BYTES)) return null;
  const used = stored + runtimeBytes(variables);
  return isNear(used) ? used : null;
}

function isNear(bytes: number): boolean {
  return bytes * 100 > TOTAL_LIMIT * NEAR_PERCENT;
}

function largest(variables: readonly EfiVariable[]): string[] {
  return [...variables]
    .sort((a, b) => b.data.length - a.data.length)
    .slice(0, SHOWN_VARIABLES)
    .map((variable) => `${shortName(variable.name)} (${variableBytes(variable)})`);
}
