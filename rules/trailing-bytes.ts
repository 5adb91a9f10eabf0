import type { BlobRule } from "./engine/rule.ts";

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
        "Safe: whole variables that explain every byte of the rest are counted in; bytes that are none are dropped. The proof names what was dropped by its SHA-256.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  message: ({ declared, trailing, whole }) =>
    `After the ${declared} variables that the header counts, ${trailing} bytes follow${whole === 0 ? "" : `: ${whole} whole variables`}.`,
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
      facts: { declared, trailing, whole },
      repair:
        whole > 0
          ? {
              applicability: "safe",
              title: `Count the ${whole} variables that follow`,
              patches: [{ op: "rewrite-header" }],
            }
          : {
              applicability: "safe",
              title: `Drop ${trailing} trailing bytes`,
              patches: [{ op: "drop-rest" }, { op: "rewrite-header" }],
            },
    };
  },
};
