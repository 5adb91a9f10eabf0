import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { EfiVariable } from "../parsers/model.ts";
import type { BlobRule } from "./engine/rule.ts";

const LENGTH_OFFSET = 16;

export const headerLengthMismatch: BlobRule = {
  meta: {
    id: "header-length-mismatch",
    title: "The header claims another length than the records have",
    severity: "info",
    breaks: null,
    repairable: "sometimes",
    since: "0.1.0",
    docs: {
      what: "Compares the data length of the header with the records of a blob that is otherwise whole.",
      why: "The daemon writes the true sum at each save and never reads it. A wrong one tells that another tool edited the blob, so the rest of what it did deserves a look.",
      repair:
        "None is needed, and none is made for it alone: the daemon writes the header anew at the next save, and so does every repair of something else.",
      notAFault: "The field leaves out the header itself and the 268 bytes behind it in version 2.",
      references: ["varstored xapidb-lib.c, xapidb_parse_blob and xapidb_serialize_variables"],
    },
  },
  message: ({ declared, actual }) => `The header claims ${declared} bytes of records; there are ${actual}.`,
  on: "blob",
  *detect({ variables, declaredDataLength, stop }) {
    if (stop !== null) return;
    const actual = recordBytes(variables);
    if (declaredDataLength === BigInt(actual)) return;
    // A number of 64 bits is told as text: it may be larger than a number holds exactly.
    const facts = { declared: `${declaredDataLength}`, actual };
    yield {
      path: "",
      span: { start: LENGTH_OFFSET, end: LENGTH_OFFSET + 8 },
      facts,
      repair: {
        applicability: "safe",
        announced: "with-any",
        title: "Write the true length, as with every other repair",
        patches: [],
      },
    };
  },
};

function recordBytes(variables: readonly EfiVariable[]): number {
  return variables.reduce(
    (sum, { nameBytes, data }) =>
      sum + VARSTORED_LIMITS.RECORD_OVERHEAD_BYTES + nameBytes.length + data.length,
    0,
  );
}
