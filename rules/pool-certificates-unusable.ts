import type { CertificateSet } from "../parsers/model.ts";
import { plantedKeys } from "./engine/planted-keys.ts";
import type { CertificatesRule, Detection, FactValue } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";

/** Without which VMs do not get Secure Boot as it is meant; a set without dbx.auth is usual (XAPI: ready_no_dbx). */
const NEEDED = ["PK", "KEK", "db"] as const;

export const poolCertificatesUnusable: CertificatesRule = {
  meta: {
    id: "pool-certificates-unusable",
    title: "Certificates of a pool cannot be written into a VM",
    severity: "error",
    breaks: "secure-boot",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Reads the archive of certificates that a pool or host record carries, and each PK.auth, KEK.auth, db.auth and dbx.auth in it, or such a file by itself: the header of a signed write, the signature lists behind it, and their size. Of a set, or of a folder of a host's files, it is also asked whether PK.auth, KEK.auth and db.auth are there.",
      why: "varstored reads these files when a VM starts for the first time. One that it refuses, or that is not there, leaves the variable empty. Without PK the VM is in setup mode: it starts, and Secure Boot stays off. Without db nothing starts with Secure Boot on. Without KEK later updates of db and dbx are refused. varstore-sb-state, and the button of Xen Orchestra that copies the pool's certificates, remove the keys of a VM before they write those of the set: with such a set they leave the VM without, and end with 0. Where the set is not the one in use, this is only told.",
      repair:
        "By hand: a pool's own set is made anew with `secureboot-certs install`, or dropped with `secureboot-certs clear`; that of the hosts comes from the package varstored.",
      notAFault:
        "A set without dbx.auth plants no dbx, and VMs start: XAPI calls it ready_no_dbx. One or two files in a folder, without PK.auth, may be those that somebody makes a set of. XCP-ng before varstored 1.2.0-3.4 brings PK.auth alone until secureboot-certs install was run: this is a warning, since its VMs start while their Secure Boot is off.",
      references: [
        "varstored handler.c, setup_keys",
        "xapi ocaml/xapi/xapi_host.ml, write_uefi_certificates_to_disk",
        "xapi ocaml/xapi/xapi_pool.ml, get_guest_secureboot_readiness",
        "varstored tools/varstore-sb-state.c",
      ],
    },
  },
  message: ({ place, expected, found, missing, isActive }) =>
    Array.isArray(missing)
      ? `${place} lacks ${listed(missing)}: ${withoutThem(missing)}`
      : `${place} cannot be used: expected ${expected}, found ${found}.${isActive === false ? " The set is not the one in use." : ""}`,
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
    const missing = missingFiles(set);
    if (missing.length === 0) return;
    const place =
      source === "archive"
        ? "The archive"
        : source === "file"
          ? `The folder of ${set.files[0]?.name}`
          : source;
    yield {
      ...say(source, place, null, null),
      facts: { place, missing, isActive },
      ...(missing.includes("PK.auth") || missing.includes("db.auth") ? {} : { breaks: "update" as const }),
      // A set of its own was made by somebody; that of the hosts may be as their package brought it.
      ...(source === "custom_uefi_certificates" ? {} : { severity: "warning" as const }),
    };
  },
};

/** Files that are missing in a complete set that may be in use. An archive that is cut may have held them. */
function missingFiles({ source, isActive, error, files, folder }: CertificateSet): string[] {
  if (isActive === false || error !== null) return [];
  // Of a folder it is told once, with the first of its files. One or two that are not PK.auth may be those that somebody makes a set of.
  if (source === "file" && (folder?.[0] !== files[0]?.name || !isOfHost(folder ?? []))) return [];
  const names = new Set(source === "file" ? folder : files.map(({ name }) => name));
  return NEEDED.map((name) => `${name}.auth`).filter((name) => !names.has(name));
}

function isOfHost(folder: readonly string[]): boolean {
  return folder.includes("PK.auth") || folder.length > 2;
}

/** varstored handler.c, setup_keys: PK last, and alone needed where it is built with AUTH_ONLY_PK_REQUIRED. */
function withoutThem(missing: readonly FactValue[]): string {
  if (missing.includes("PK.auth"))
    return "a VM that starts for the first time with this set gets no PK and is in setup mode, where Secure Boot stays off; a VM that gets the set anew loses its keys.";
  if (missing.includes("db.auth"))
    return "with Secure Boot on, a VM that starts for the first time with this set starts no system; a VM that gets the set anew loses its db, and does not start either.";
  return "a VM that starts for the first time with this set, or gets it anew, refuses all later updates of db and dbx.";
}
