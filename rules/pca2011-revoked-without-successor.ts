import { holds, revokesPca2011 } from "./engine/key-state.ts";
import type { BlobRule } from "./engine/rule.ts";
import { WINDOWS_PRODUCTION_PCA_2011, WINDOWS_UEFI_CA_2023 } from "./knowledge/certificates.ts";

export const pca2011RevokedWithoutSuccessor: BlobRule = {
  meta: {
    id: "pca2011-revoked-without-successor",
    title: "Windows Production PCA 2011 is revoked and db lacks its successor",
    severity: "error",
    breaks: "secure-boot",
    repairable: "never",
    ofViews: true,
    since: "0.1.0",
    docs: {
      what: "Looks for a db that trusts Windows by Microsoft Windows Production PCA 2011 alone, while dbx revokes this certificate.",
      why: "The mitigation of CVE-2023-24932 revokes PCA 2011 once Windows boots by Windows UEFI CA 2023. Where the revocation came first, or db was put back to an older state, no Windows boot manager is trusted any more: neither the old nor the new one starts with Secure Boot.",
      repair:
        "None is applied, because a revocation is not taken back without being asked for. Add Windows UEFI CA 2023 to db (Microsoft's signed DBUpdate2024.bin, which the guest can take with Secure Boot off as long as KEK verifies it, or from outside); the guest needs a boot manager signed under it. With the VM halted and its NVRAM saved, varstore-sb-state UUID user on the host writes the pool's set. Where the certificates are supplied, as DER or PEM in a folder (they stand in PreSignedObjects of github.com/microsoft/secureboot_objects, or come out of another VM's NVRAM by extract), varscope repair FILE --add-certificates DIR adds what is missing and keeps all else.",
      notAFault:
        "Where db holds Windows UEFI CA 2023 the revocation is what Microsoft intends. A db without PCA 2011 never trusted Windows by it, so that the revocation changes nothing.",
      references: [
        "CVE-2023-24932",
        "Microsoft KB5025885",
        "microsoft/secureboot_objects, DBXUpdate2024.bin",
      ],
    },
  },
  message: ({ revoked, missing }) =>
    `dbx revokes ${revoked}, and db lacks its successor ${missing}: no Windows starts with Secure Boot.`,
  on: "blob",
  *detect(_blob, context) {
    const state = context.keys();
    const { db, dbx } = state;
    if (dbx === null || !holds(db, WINDOWS_PRODUCTION_PCA_2011)) return;
    if (holds(db, WINDOWS_UEFI_CA_2023) || !revokesPca2011(state, context.platform)) return;
    const { variable } = dbx;
    const nameOf = (sha256: string): string => context.knowledge.certificate(sha256)?.commonName ?? sha256;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: { revoked: nameOf(WINDOWS_PRODUCTION_PCA_2011), missing: nameOf(WINDOWS_UEFI_CA_2023) },
      repair: {
        applicability: "manual",
        title:
          "Add Windows UEFI CA 2023 to db: by DBUpdate2024.bin in the guest with Secure Boot off, or from outside",
        patches: [],
      },
    };
  },
};
