import { holds, trustsWindows, WINDOWS_CAS } from "./engine/key-state.ts";
import type { BlobRule } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";
import { WINDOWS_UEFI_CA_2023 } from "./knowledge/certificates.ts";

export const pca2011RevokedWithoutSuccessor: BlobRule = {
  meta: {
    id: "pca2011-revoked-without-successor",
    title: "Everything in db that Windows is signed under is revoked by dbx",
    severity: "error",
    breaks: "secure-boot",
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks for a db that trusts Windows by certificates that dbx revokes, and by no other: Microsoft Windows Production PCA 2011 without its successor Windows UEFI CA 2023, or both of them.",
      why: "The mitigation of CVE-2023-24932 revokes PCA 2011 once Windows boots by Windows UEFI CA 2023. Where the revocation came first, or db was put back to an older state, no Windows boot manager is trusted any more: neither the old nor the new one starts with Secure Boot. Windows UEFI CA 2023 is revoked by no update of Microsoft: where it is, somebody else wrote that.",
      repair:
        "None is applied, because a revocation is not taken back without being asked for. Where Windows UEFI CA 2023 is revoked as well, only a dbx without that revocation helps: an older NVRAM, or the pool's set. Otherwise add Windows UEFI CA 2023 to db (Microsoft's signed DBUpdate2024.bin, which the guest can take with Secure Boot off as long as KEK verifies it, or from outside); the guest needs a boot manager signed under it. With the VM halted and its NVRAM saved, varstore-sb-state UUID user on the host writes the pool's set. Where the certificates are supplied, as DER or PEM in a folder (they stand in PreSignedObjects of github.com/microsoft/secureboot_objects, or come out of another VM's NVRAM by extract), varscope repair FILE --add-certificates DIR adds what is missing and keeps all else.",
      notAFault:
        "Where db holds Windows UEFI CA 2023, and dbx does not revoke it, the revocation of PCA 2011 is what Microsoft intends. A db with neither never trusted Windows, so that a revocation changes nothing. With Secure Boot off this is a warning: nothing is checked.",
      references: [
        "CVE-2023-24932",
        "Microsoft KB5025885",
        "microsoft/secureboot_objects, DBXUpdate2024.bin",
      ],
    },
  },
  topics: ["start-without-secure-boot", "start-windows", "get-db-2023"],
  message: ({ revoked, missing }) =>
    missing === null
      ? `dbx revokes ${revoked}, and db has no other certificate that Windows is signed under: no Windows starts with Secure Boot.`
      : `dbx revokes ${revoked}, and db lacks its successor ${missing}: no Windows starts with Secure Boot.`,
  on: "blob",
  *detect(_blob, context) {
    const state = context.keys();
    const { db, dbx } = state;
    const held = WINDOWS_CAS.filter((sha256) => holds(db, sha256));
    if (dbx === null || held.length === 0 || trustsWindows(state, context.platform)) return;
    const { variable } = dbx;
    const nameOf = (sha256: string): string => context.knowledge.certificate(sha256)?.commonName ?? sha256;
    const lacksSuccessor = !held.includes(WINDOWS_UEFI_CA_2023);
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        revoked: listed(held.map(nameOf)),
        missing: lacksSuccessor ? nameOf(WINDOWS_UEFI_CA_2023) : null,
      },
      // Nobody asks db and dbx then.
      ...(context.vm.secureBoot === false ? { severity: "warning" as const, breaks: null } : {}),
      repair: {
        applicability: "manual",
        title: lacksSuccessor
          ? "Add Windows UEFI CA 2023 to db: by DBUpdate2024.bin in the guest with Secure Boot off, or from outside"
          : "Put back an NVRAM whose dbx does not revoke Windows UEFI CA 2023",
        patches: [],
      },
    };
  },
};
