import type { VarstoredBlob } from "../parsers/model.ts";
import { isFiller, leftoverOf } from "../parsers/nvram/leftover.ts";
import { dropLeftover, foundIn } from "./engine/drop-leftover.ts";
import type { BlobRule, Repair } from "./engine/rule.ts";
import { counted, listed } from "./engine/sentences.ts";

export const trailingBytes: BlobRule = {
  meta: {
    id: "trailing-bytes",
    title: "The blob goes on after its last variable",
    severity: "error",
    breaks: "start",
    repairable: "always",
    docs: {
      what: "Looks for bytes after as many variables as the header counts.",
      why: "The loader refuses a blob that it does not use up to the last byte: the VM does not start.",
      repair:
        "Safe where whole variables explain every byte of the rest: they are counted in. Safe as well where nothing can be read in the rest, because it is shorter than the shortest name or one value again and again. Else --strategy remove counts in the whole variables that it finds there and drops what is between them; look for a whole copy first. The proof names what was dropped, by its place and its SHA-256.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ declared, trailing, whole, found }) =>
    `After the ${declared === 1 ? "one variable" : `${declared} variables`} that the header counts, ${counted(Number(trailing), "byte")} follow${trailing === 1 ? "s" : ""}${whole === 0 ? "" : `: ${counted(Number(whole), "whole variable")}`}.${tracesText(found)}`,
  on: "blob",
  *detect(blob) {
    if (blob.stop?.code !== "trailing-bytes") return;
    const declared = Number(blob.declaredCount);
    const whole = blob.variables.length - declared;
    const span = { start: blob.stop.offset, end: blob.bytes.length };
    const trailing = span.end - span.start;
    yield {
      path: "rest",
      span,
      facts: { declared, trailing, whole, found: whole > 0 ? [] : foundIn(leftoverOf(blob)) },
      repair: repairOf(blob, whole),
    };
  },
};

function tracesText(found: Parameters<typeof listed>[0]): string {
  const text = listed(found);
  return text === "" ? "" : ` In them can be read: ${text}.`;
}

function repairOf(blob: VarstoredBlob, whole: number): Repair {
  const rest = blob.bytes.subarray(blob.rest.start, blob.rest.end);
  if (whole > 0) {
    const title = `Count the ${counted(whole, "variable")} that follow${whole === 1 ? "s" : ""}`;
    return { applicability: "safe", title, patches: [{ op: "rewrite-header" }] };
  }
  if (!isFiller(rest)) return dropLeftover(blob);
  const title = `Drop ${counted(rest.length, "trailing byte")}`;
  return { applicability: "safe", title, patches: [{ op: "drop-rest" }, { op: "rewrite-header" }] };
}
