import { hasBytesAt, toHex } from "../parsers/bytes.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { MAGIC } from "../parsers/nvram/varstored-blob.ts";
import type { NvramRule } from "./engine/rule.ts";

export const badMagic: NvramRule = {
  meta: {
    id: "bad-magic",
    title: "The NVRAM does not begin with VARS",
    severity: "error",
    breaks: "start",
    repairable: "never",
    docs: {
      what: "Looks for an NVRAM whose first four bytes are not the magic of varstored.",
      why: "The daemon refuses it: the VM does not start. The pool shows such a VM as fine, because its own check takes every error for a good answer.",
      repair:
        "Nothing is repaired: a blob whose first bytes are wrong may be wrong anywhere. Restore a backup.",
      references: [
        "varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob",
        "xapi ocaml/xapi/xapi_vm_helpers.ml, check_secureboot_certificates_state",
      ],
    },
    since: "0.1.0",
  },
  message: ({ magic }) => `The NVRAM begins with ${magic} instead of the magic VARS (56415253).`,
  on: "nvram",
  *detect({ bytes }) {
    if (bytes === null || bytes.length < VARSTORED_LIMITS.HEADER_BYTES || hasBytesAt(bytes, 0, MAGIC)) return;
    yield {
      path: "",
      span: { start: 0, end: MAGIC.length },
      facts: { magic: toHex(bytes.subarray(0, MAGIC.length)) },
    };
  },
};
