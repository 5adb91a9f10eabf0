import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { BlobRule } from "./engine/rule.ts";

export const missingVariables: BlobRule = {
  meta: {
    id: "missing-variables",
    title: "The header counts more variables than there are",
    severity: "error",
    breaks: "start",
    repairable: "always",
    docs: {
      what: "Looks for a blob that ends, at the border of a record, before the count of its header is reached.",
      why: "The loader looks for the next record, finds none and refuses the blob: the VM does not start.",
      repair:
        "Safe: the count is corrected to the variables that are there. Whether others got lost cannot be told; compare with an older backup.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ declared, present }) =>
    `The header counts ${declared} variables, and the blob ends after ${present}.`,
  on: "blob",
  *detect(blob) {
    if (
      blob.stop?.code !== "missing-records" ||
      blob.declaredCount > BigInt(VARSTORED_LIMITS.MAX_VARIABLE_COUNT)
    )
      return;
    const present = blob.variables.length;
    yield {
      path: "count",
      span: { start: 8, end: 16 },
      facts: { declared: Number(blob.declaredCount), present, bytes: blob.bytes.length },
      repair: {
        applicability: "safe",
        title: `Correct the count to the ${present === 1 ? "one variable that is" : `${present} variables that are`} there`,
        patches: [{ op: "rewrite-header" }],
      },
    };
  },
};
