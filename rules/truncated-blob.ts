import { shortName } from "../parsers/efi/short-name.ts";
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
        "Look for a whole copy first. --strategy remove drops the cut record, and keeps every variable before it and each whole one that can be read behind it.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
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
      },
      repair: dropLeftover(blob),
    };
  },
};
