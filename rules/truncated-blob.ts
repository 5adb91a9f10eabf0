import { shortName } from "../parsers/efi/short-name.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { VarstoredBlob } from "../parsers/model.ts";
import { leftoverOf } from "../parsers/nvram/leftover.ts";
import { dropLeftover } from "./engine/drop-leftover.ts";
import type { BlobRule } from "./engine/rule.ts";

export const truncatedBlob: BlobRule = {
  meta: {
    id: "truncated-blob",
    title: "The blob is cut",
    severity: "error",
    breaks: "start",
    repairable: "sometimes",
    docs: {
      what: "Looks for a record, or the fixed part of a version 2 blob, of which the end is missing.",
      why: "The loader refuses the whole blob: the VM does not start. The usual cause is a copy that was cut short, by a mail, a terminal or a full disk.",
      repair:
        "Get the copy again first, whole, and compare the lengths: one that was cut on its way looks just like this, and the VM may be well. Only where the fresh copy is as short: --strategy remove drops the cut record, and keeps every variable before it and each whole one that can be read behind it.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ at, expected, found, record }) =>
    `The blob is cut at byte ${at}: expected ${expected}, found ${found}.${record === null ? "" : ` ${record}`} The rest is missing.`,
  on: "blob",
  *detect(blob) {
    const { stop, rest } = blob;
    if (stop?.code !== "cut-record") return;
    const { offset, expected, found, cut } = stop;
    const sizes =
      cut === null || cut.declaredDataBytes === null
        ? ""
        : cut.presentDataBytes < cut.declaredDataBytes
          ? `: ${cut.presentDataBytes} of ${cut.declaredDataBytes} bytes of its data are there`
          : `: its ${cut.declaredDataBytes} bytes of data are there, what follows them is cut`;
    const record = cut === null ? null : `The cut record is ${shortName(cut.name)}${sizes}.`;
    yield {
      path: `variables[${blob.variables.length}]`,
      span: rest,
      facts: {
        at: offset,
        expected,
        found,
        record,
        variablesBefore: blob.variables.length,
        bytes: blob.bytes.length,
        missing: missingOf(blob),
      },
      repair: dropLeftover(blob),
    };
  },
};

/** How many of the counted variables cannot be read whole; null where the count itself is not possible. */
function missingOf(blob: VarstoredBlob): number | null {
  if (blob.declaredCount > BigInt(VARSTORED_LIMITS.MAX_VARIABLE_COUNT)) return null;
  const whole = blob.variables.length + leftoverOf(blob).records.length;
  return Math.max(0, Number(blob.declaredCount) - whole);
}
