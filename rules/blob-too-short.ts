import { hasBytesAt } from "../parsers/bytes.ts";
import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { MAGIC } from "../parsers/nvram/varstored-blob.ts";
import type { NvramRule } from "./engine/rule.ts";

export const blobTooShort: NvramRule = {
  meta: {
    id: "blob-too-short",
    title: "The NVRAM is shorter than its header",
    severity: "error",
    breaks: "start",
    repairable: "never",
    docs: {
      what: "Looks for an NVRAM of less than 24 bytes, an empty one among them.",
      why: "The key is there, so the daemon does not take the VM for new, and refuses what it finds: the VM does not start.",
      repair:
        "Nothing can be repaired, because nothing is there. Restore a backup; or remove the key EFI-variables, and the next start is a first boot with the pool's certificates and without boot entries.",
      references: ["varstored xapidb-lib.c, unserialize_variables and xapidb_parse_blob"],
    },
    since: "0.1.0",
  },
  message: ({ bytes, needed, isBeginning, isNoMap }) =>
    isNoMap === true
      ? "What stands in the place of the NVRAM is no map: nothing of it can be read."
      : `The NVRAM has ${bytes} bytes; its header alone needs ${needed}.${isBeginning === true ? " They are the beginning of a VARS blob: the rest is missing, so get the whole text." : ""}`,
  on: "nvram",
  *detect(nvram) {
    const bytes = nvram.bytes?.length ?? 0;
    // A text of which nothing could be decoded is told of by base64-not-loadable.
    const isNoMap = nvram.state === "unreadable" && nvram.base64 === null && nvram.bytes === null;
    const known = nvram.state === "empty" || nvram.bytes !== null;
    if (!(known || isNoMap) || bytes >= VARSTORED_LIMITS.HEADER_BYTES) return;
    yield {
      path: "",
      span: { start: 0, end: bytes },
      facts: {
        bytes,
        needed: VARSTORED_LIMITS.HEADER_BYTES,
        ...(nvram.bytes !== null && hasBytesAt(nvram.bytes, 0, MAGIC) ? { isBeginning: true } : {}),
        ...(isNoMap ? { isNoMap } : {}),
      },
    };
  },
};
