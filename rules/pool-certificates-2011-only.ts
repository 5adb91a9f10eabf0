import { type PlantedKey, plantedKeys } from "./engine/planted-keys.ts";
import type { CertificatesRule, FactValue } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";
import { OPTION_ROM_UEFI_CA_2023 } from "./knowledge/certificates.ts";
import { type CertificateSources, storedCertificates } from "./knowledge/stored-certificates.ts";

export const poolCertificates2011Only: CertificatesRule = {
  meta: {
    id: "pool-certificates-2011-only",
    title: "The certificates of a pool are Microsoft's of 2011, without those of 2023",
    severity: "warning",
    breaks: "update",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks into the KEK.auth and db.auth that a pool or host record carries, or that lie by themselves, for Microsoft's certificates of 2011 whose successors of 2023 are missing: Microsoft Corporation KEK 2K CA 2023 in KEK; Windows UEFI CA 2023 and Microsoft UEFI CA 2023 in db.",
      why: "These files are planted in each VM that starts for the first time, and written over the keys of a VM by varstore-sb-state and by the button of Xen Orchestra that copies the pool's certificates. VMs so planted refuse what Microsoft signs under the certificates of 2023: updates of db and dbx from September 2026 on, and newer boot loaders. A set that somebody installed with secureboot-certs before the hosts brought the new certificates stays as it was, and counts before that of the hosts.",
      repair:
        "By hand, on the pool's master of XCP-ng with varstored 1.2.0-3.4 or newer on all hosts: look at the set (secureboot-certs report), keep what is there (secureboot-certs extract), and go back to the defaults, which have both generations: secureboot-certs clear. A set with keys of one's own is made anew with secureboot-certs install instead. On older hosts update varstored first; on XenServer the set comes with the hosts' updates. VMs that have their keys already keep them: one by one, with the VM halted, its NVRAM saved and BitLocker suspended, varstore-sb-state UUID user writes the new set, and replaces keys of the VM's own. It ends with 0 also where it failed: look with varstore-ls UUID.",
      notAFault:
        "A set without any certificate of Microsoft is somebody's own, and one that lacks only the one for option ROMs starts everything that a VM has. Where the set is not the one in use, this is only told.",
      references: [
        "XCP-ng documentation, guest UEFI Secure Boot, upcoming changes",
        "xapi ocaml/xapi/helpers.ml, get_active_uefi_certificates",
        "varstored tools/varstore-sb-state.c",
      ],
    },
  },
  message: ({ source, files, holds, missing, isActive }) => {
    const what = source === "file" ? listed(files) : `${source} (${listed(files)})`;
    const lacks = `${what} has ${listed(holds)}, and lacks ${listed(missing)}`;
    return isActive === false
      ? `${lacks}; the set is not the one in use.`
      : `${lacks}: every VM that starts for the first time with it, or gets the pool's set anew, lacks them too.`;
  },
  on: "certificates",
  *detect(set, sources) {
    const found = plantedKeys(set).flatMap((key) => {
      const { holds, missing } = outdated(key, sources);
      return missing.length === 0 ? [] : [{ file: key.file.name || `${key.name}.auth`, holds, missing }];
    });
    if (found.length === 0) return;
    const all = (field: "holds" | "missing"): FactValue => [...new Set(found.flatMap((one) => one[field]))];
    yield {
      path: set.source,
      span: null,
      facts: {
        source: set.source,
        files: found.map(({ file }) => file),
        holds: all("holds"),
        missing: all("missing"),
        isActive: set.isActive,
      },
      ...(set.isActive === false ? { severity: "info", breaks: null } : {}),
      repair: {
        applicability: "manual",
        title:
          "Go back to the defaults of the hosts (secureboot-certs clear on the pool's master), then write them into each VM",
        patches: [],
      },
    };
  },
};

interface Outdated {
  /** Names of certificates of 2011. */
  readonly holds: readonly string[];
  /** Names of their successors. */
  readonly missing: readonly string[];
}

/** What is added to a variable takes nothing from it, and what the host cannot write plants nothing. */
function outdated({ name, file, fault, database }: PlantedKey, sources: CertificateSources): Outdated {
  if (fault !== null || file.target?.append === true) return { holds: [], missing: [] };
  const known = storedCertificates(database, sources).flatMap((certificate) => certificate.known ?? []);
  const held = new Set(known.map(({ sha256 }) => sha256));
  const lacks = (sha256: string): boolean => sha256 !== OPTION_ROM_UEFI_CA_2023 && !held.has(sha256);
  const old = known.filter(({ variable, successors }) => variable === name && successors.some(lacks));
  const missing = new Set(old.flatMap(({ successors }) => successors.filter(lacks)));
  return {
    holds: [...new Set(old.map(({ commonName }) => commonName))],
    missing: [...missing].map((sha256) => sources.knowledge.certificate(sha256)?.commonName ?? sha256),
  };
}
