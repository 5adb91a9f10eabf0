import { plantedKeys } from "./engine/planted-keys.ts";
import type { CertificatesRule, Detection, FactValue } from "./engine/rule.ts";

export const poolCertificatesUnusable: CertificatesRule = {
  meta: {
    id: "pool-certificates-unusable",
    title: "Certificates of a pool cannot be written into a VM",
    severity: "error",
    breaks: "secure-boot",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Reads the archive of certificates that a pool or host record carries, and each PK.auth, KEK.auth, db.auth and dbx.auth in it, or such a file by itself: the header of a signed write, the signature lists behind it, and their size.",
      why: "varstored reads these files when a VM starts for the first time. One that it refuses leaves the variable empty: the VM is in setup mode, or Secure Boot refuses to start what it should. Where the set is not the one in use, this is only told.",
      repair:
        "By hand: a pool's own set is made anew with `secureboot-certs install`, or dropped with `secureboot-certs clear`; that of the hosts comes from the package varstored.",
      references: [
        "varstored handler.c, setup_keys",
        "xapi ocaml/xapi/xapi_host.ml, write_uefi_certificates_to_disk",
      ],
    },
  },
  message: ({ place, expected, found, isActive }) =>
    `${place} cannot be used: expected ${expected}, found ${found}.${isActive === false ? " The set is not the one in use." : ""}`,
  on: "certificates",
  *detect(set) {
    const { source, isActive, error } = set;
    const say = (path: string, place: string, expected: FactValue, found: FactValue): Detection => ({
      path,
      span: null,
      facts: { place, expected, found, isActive },
      ...(isActive === false ? { severity: "info", breaks: null } : {}),
      repair: { applicability: "manual", title: "Replace the certificates of the pool", patches: [] },
    });
    if (error !== null) yield say(source, `The archive in ${source}`, error.expected, error.found);
    for (const { file, fault, endsDaemon } of plantedKeys(set)) {
      // That one is told by auth-file-over-limit.
      if (fault === null || endsDaemon) continue;
      const place = source === "file" ? file.name : `${file.name} of ${source}`;
      yield say(`${source}.${file.name}`, place, fault.expected, fault.found);
    }
  },
};
