import { type HeldPlatformKey, holds } from "./engine/key-state.ts";
import { NO_CERTIFICATE, nameOfPlatformKey } from "./engine/platform-key.ts";
import type { BlobRule } from "./engine/rule.ts";
import { hasPublishedKekUpdate, KEK_2K_CA_2023, KEK_CA_2011 } from "./knowledge/certificates.ts";
import { hasRoom, kekUpdateBytes } from "./reasoning/growth.ts";
import { modeOf } from "./reasoning/signers.ts";

export const kek2023Missing: BlobRule = {
  meta: {
    id: "kek-2023-missing",
    title: "KEK lacks Microsoft's certificate of 2023",
    severity: "warning",
    breaks: "update",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for a KEK that holds Microsoft Corporation KEK CA 2011 and not Microsoft Corporation KEK 2K CA 2023, and asks whether the guest can get it by itself.",
      why: "From September 2026 on Microsoft signs its updates of db and dbx under the certificate of 2023; without it the daemon refuses them with a security violation. A write to KEK must be signed with the PK. Microsoft publishes such updates for many makers' PKs, and for none of XCP-ng or XenServer: there the guest can never help itself.",
      repair:
        "None is applied. With the VM halted, varstore-sb-state UUID user on a host whose pool has both certificates (look first: secureboot-certs report) writes PK, KEK, db and dbx anew; or the certificate is added to KEK in the NVRAM itself. Suspend BitLocker first: what Secure Boot measures changes. Where the certificates are supplied, as DER or PEM in a folder (they stand in PreSignedObjects of github.com/microsoft/secureboot_objects, or come out of another VM's NVRAM by extract), varscope repair FILE --add-certificates DIR adds what is missing and keeps all else.",
      notAFault:
        "An expired KEK CA 2011 goes on verifying: validity dates are not looked at. In setup mode nobody needs to sign, and where Microsoft publishes an update for the PK the guest gets it by itself: then this is only a remark.",
      references: [
        "microsoft/secureboot_objects, PostSignedObjects/KEK/kek_update_map.json",
        "Citrix CTX696551 and the XenServer 8 guide to Secure Boot certificates",
        "varstored handler.c, verify_auth_var_type",
      ],
    },
  },
  topics: ["get-kek-2023", "write-kek", "write-dbx"],
  message: ({ missing, pk, publishedForPk, fits, guestCanGetIt }) => {
    const lacks = `KEK has Microsoft Corporation KEK CA 2011, but not ${missing}, which signs Microsoft's updates from September 2026 on`;
    if (fits === false) return `${lacks}. No update can add it: KEK, as it is stored, takes no more.`;
    if (pk !== null && publishedForPk !== true && guestCanGetIt === true)
      return `${lacks}. The guest may write it unsigned, because platform:auth-enforce is false.`;
    if (pk === null) return `${lacks}. The guest may write it unsigned, because there is no PK.`;
    if (pk === NO_CERTIFICATE)
      return `${lacks}. The guest cannot add it: the PK is no certificate, so nobody can sign an update of KEK. Later updates of db and dbx are refused.`;
    return publishedForPk === true
      ? `${lacks}. For its PK (${pk}) Microsoft publishes an update of KEK that adds it.`
      : `${lacks}. The guest cannot add it: no update of KEK is known that is signed with its PK (${pk}). Later updates of db and dbx are refused.`;
  },
  on: "blob",
  *detect(blob, context) {
    const { PK, KEK } = context.keys();
    if (KEK === null || !holds(KEK, KEK_CA_2011) || holds(KEK, KEK_2K_CA_2023)) return;
    const { variable } = KEK;
    const publishedForPk = isPublishedFor(PK);
    const isAccepted = modeOf(context) !== "user" || publishedForPk === true;
    const fits = isAccepted && hasRoom(KEK, "KEK", [], kekUpdateBytes(context), blob);
    const guestCanGetIt = isAccepted && fits;
    yield {
      variable,
      path: `variables[${variable.index}].data`,
      span: variable.dataSpan,
      facts: {
        missing: context.knowledge.certificate(KEK_2K_CA_2023)?.commonName ?? KEK_2K_CA_2023,
        pk: PK === null ? null : nameOfPlatformKey(PK, context.platform),
        publishedForPk,
        ...(isAccepted ? { fits } : {}),
        guestCanGetIt,
      },
      ...(guestCanGetIt ? { severity: "info" as const, breaks: null } : {}),
      repair: {
        applicability: "manual",
        title: guestCanGetIt
          ? "Let the guest apply Microsoft's update of KEK"
          : "Add Microsoft Corporation KEK 2K CA 2023 to KEK from outside the guest, or, where the pool's set has it (secureboot-certs report), let varstore-sb-state UUID user write that",
        patches: [],
      },
    };
  },
};

/** Whether Microsoft publishes a KEK update for this PK; null where the PK is unknown or missing. */
function isPublishedFor(PK: HeldPlatformKey | null): boolean | null {
  if (PK === null) return null;
  return PK.signer !== null && hasPublishedKekUpdate(PK.signer.known?.sha256 ?? PK.signer.sha256);
}
