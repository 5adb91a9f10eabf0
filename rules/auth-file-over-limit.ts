import { VARSTORED_LIMITS } from "../parsers/limits.ts";
import { plantedKeys } from "./engine/planted-keys.ts";
import type { CertificatesRule } from "./engine/rule.ts";

export const authFileOverLimit: CertificatesRule = {
  meta: {
    id: "auth-file-over-limit",
    title: "A .auth file is larger than varstored reads: no UEFI VM of the host starts",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for PK.auth, KEK.auth, db.auth or dbx.auth of a host, by itself or among the certificates of a pool, whose whole file has more than 57344 bytes: header and signature count, not the signature lists alone.",
      why: "varstored reads these files before it asks for any NVRAM, and ends where one is too large (it logs `Auth file … is too large`). No UEFI VM of a host with that file starts, those with a healthy NVRAM included. Where the set is not the one in use, this is only told.",
      repair:
        "By hand: set the pool's certificates anew with smaller files (secureboot-certs install), or drop them with secureboot-certs clear; the files of the hosts come from the package varstored. With ls -lL /var/lib/varstored /usr/share/varstored one sees the sizes, on every host.",
      notAFault:
        "A signed update under another name is no file of a host; its signature lists have a limit of their own.",
      references: [
        "varstored handler.c, load_one_auth_data",
        "xapi ocaml/xapi/xapi_host.ml, write_uefi_certificates_to_disk",
      ],
    },
  },
  message: ({ place, bytes, limit, isActive }) =>
    `${place} has ${bytes} bytes; varstored takes at most ${limit} of the whole file, and ends: ${isActive === false ? "no UEFI VM would start with it. The set is not the one in use." : "no UEFI VM of a host with this file starts."}`,
  on: "certificates",
  *detect(set) {
    const { source, isActive } = set;
    for (const { file, endsDaemon } of plantedKeys(set)) {
      if (!endsDaemon) continue;
      yield {
        path: `${source}.${file.name}`,
        span: null,
        facts: {
          place: source === "file" ? file.name : `${file.name} of ${source}`,
          bytes: file.bytes.length,
          limit: VARSTORED_LIMITS.DATA_LIMIT,
          isActive,
        },
        ...(isActive === false ? { severity: "info", breaks: null } : {}),
        repair: {
          applicability: "manual",
          title: "Replace the certificates of the pool by smaller ones, or drop them: secureboot-certs clear",
          patches: [],
        },
      };
    }
  },
};
