import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { VarstoredBlob } from "../parsers/model.ts";
import { dropLeftover } from "./engine/drop-leftover.ts";
import type { BlobRule, Repair } from "./engine/rule.ts";

export const variableCountOverLimit: BlobRule = {
  meta: {
    id: "variable-count-over-limit",
    title: "The header counts more variables than the daemon loads",
    severity: "error",
    breaks: "start",
    repairable: "sometimes",
    docs: {
      what: "Looks for a count above 1024.",
      why: "The loader refuses the blob before it reads a record: the VM does not start.",
      repair:
        "Safe where fewer are really there and nothing else: the count is corrected. Where bytes follow that are no whole variable, only --strategy remove drops them. More than 1024 real variables need a decision by hand on which go.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ declared, limit, present }) =>
    `The header counts ${declared} variables; varstored loads at most ${limit}. ${present} ${present === 1 ? "is" : "are"} there.`,
  on: "blob",
  *detect(blob) {
    const limit = VARSTORED_LIMITS.MAX_VARIABLE_COUNT;
    if (blob.version > VARSTORED_LIMITS.DB_VERSION || blob.declaredCount <= BigInt(limit)) return;
    const present = blob.variables.length;
    yield {
      path: "count",
      span: { start: 8, end: 16 },
      facts: { declared: `${blob.declaredCount}`, limit, present },
      repair: repairOf(blob),
    };
  },
};

function repairOf(blob: VarstoredBlob): Repair {
  const present = blob.variables.length;
  if (present > VARSTORED_LIMITS.MAX_VARIABLE_COUNT)
    return { applicability: "manual", title: `Choose which of ${present} variables go`, patches: [] };
  if (blob.rest.end > blob.rest.start) return dropLeftover(blob);
  return {
    applicability: "safe",
    title: `Correct the count to the ${present === 1 ? "one variable that is" : `${present} variables that are`} there`,
    patches: [{ op: "rewrite-header" }],
  };
}
