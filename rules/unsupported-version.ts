import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import type { BlobRule } from "./engine/rule.ts";

export const unsupportedVersion: BlobRule = {
  meta: {
    id: "unsupported-version",
    title: "The blob has a version that no known daemon loads",
    severity: "error",
    breaks: "start",
    repairable: "never",
    docs: {
      what: "Looks for a version above 2.",
      why: "Every daemon known to this release refuses it: the VM does not start there. It may come from a newer daemon, or the header is damaged.",
      repair:
        "Nothing is repaired: what a later version means is not known. Records are shown only where one of the two known layouts explains every byte.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  topics: ["start-without-secure-boot", "hosts"],
  message: ({ version, newest }) => `The blob has version ${version}; varstored loads 0 to ${newest}.`,
  on: "blob",
  *detect({ version }) {
    if (version <= VARSTORED_LIMITS.DB_VERSION) return;
    yield {
      path: "version",
      span: { start: 4, end: 8 },
      facts: { version, newest: VARSTORED_LIMITS.DB_VERSION },
    };
  },
};
