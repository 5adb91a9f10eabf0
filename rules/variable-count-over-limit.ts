import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { BlobRule } from "./engine/rule.ts";

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
        "Safe where fewer are really there: the count is corrected. More than 1024 real variables need a decision by hand on which go.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  message: ({ declared, limit, present }) =>
    `The header counts ${declared} variables; varstored loads at most ${limit}. ${present} are there.`,
  on: "blob",
  *detect(blob) {
    const limit = VARSTORED_LIMITS.MAX_VARIABLE_COUNT;
    if (blob.version > VARSTORED_LIMITS.DB_VERSION || blob.declaredCount <= BigInt(limit)) return;
    const present = blob.variables.length;
    yield {
      path: "count",
      span: { start: 8, end: 16 },
      facts: { declared: `${blob.declaredCount}`, limit, present },
      repair:
        present <= limit
          ? {
              applicability: "safe",
              title: `Correct the count to the ${present} variables that are there`,
              patches: [{ op: "rewrite-header" }],
            }
          : { applicability: "manual", title: `Choose which of ${present} variables go`, patches: [] },
    };
  },
};
