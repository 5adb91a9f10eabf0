import { askedSecureBoot, poolSetRepair } from "./engine/asked-secure-boot.ts";
import { verifies } from "./engine/key-state.ts";
import { NO_CERTIFICATE, nameOfPlatformKey } from "./engine/platform-key.ts";
import type { BlobRule } from "./engine/rule.ts";
import { KEK_2K_CA_2023, KEK_CA_2011 } from "./knowledge/certificates.ts";
import { modeOf } from "./reasoning/signers.ts";

export const kekMissing: BlobRule = {
  meta: {
    id: "kek-missing",
    title: "Secure Boot is on, and there is no KEK",
    severity: "warning",
    breaks: "update",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for a VM with Secure Boot on and a PK whose NVRAM has no KEK, or a KEK without a single entry, or with nothing but well-known certificates that sign boot loaders.",
      why: "A write of db or dbx must be signed with the PK, or under a certificate of KEK. Microsoft signs its updates under the latter, so without a KEK the daemon refuses every one of them with a security violation, for ever: the VM gets no revocations and no successors of certificates that end.",
      repair:
        "None is applied, because keys would have to be invented. secureboot-certs report shows the pool's set: if it is not whole and of 2023, set it right first. Then, with the VM halted, varstore-sb-state UUID user on the host writes PK, KEK, db and dbx anew. An own PK is kept where a KEK is added by hand instead, signed with it or from outside.",
      notAFault:
        "Without a PK nobody needs to sign. With Secure Boot off this is told by certificates-incomplete alone: nothing that an update would bring is looked at. A KEK that holds entries which can sign nothing is told by unusable-kek-signer.",
      references: [
        "varstored handler.c, verify_auth_var_type",
        "xapi ocaml/xapi/xapi_vm.ml, get_secureboot_readiness (certs_incomplete)",
      ],
    },
  },
  topics: ["write-kek", "write-db", "write-dbx", "hosts"],
  message: ({ setting, present, pk, enforced, microsoftSigns, ofDb }) => {
    const on =
      setting === "auto" ? "Secure Boot is on where the pool has certificates (auto)" : "Secure Boot is on";
    const lacks =
      ofDb === true
        ? "KEK holds nothing but certificates of boot loaders, which belong in db and sign no update"
        : present === true
          ? "KEK holds no entry"
          : "there is no KEK";
    if (enforced === false)
      return `${on}, and ${lacks}: updates are taken only because platform:auth-enforce is false, so that no signature is asked for.`;
    const refused = microsoftSigns === true ? "" : ", and every update by Microsoft is refused";
    if (pk === NO_CERTIFICATE)
      return `${on}, and ${lacks}; the PK is no certificate, so nobody can change KEK, db and dbx, and every update by Microsoft is refused.`;
    return `${on}, and ${lacks}: only the holder of the PK (${pk}) can change db and dbx${refused}.`;
  },
  on: "blob",
  *detect({ stop }, context) {
    const setting = askedSecureBoot(context.vm);
    // What cannot be read to its end may hold a KEK.
    if (setting === null || stop !== null) return;
    const state = context.keys();
    const { PK, KEK } = state;
    if (PK === null) return;
    const entries = KEK?.database.lists.reduce((sum, { signatureCount }) => sum + signatureCount, 0) ?? 0;
    const misplaced = KEK?.certificates.filter(({ known }) => known?.variable === "db").length ?? 0;
    if (entries > misplaced) return;
    // Microsoft's certificate may stand in PK (certificate-in-wrong-variable).
    const microsoftSigns = verifies(state, KEK_CA_2011) || verifies(state, KEK_2K_CA_2023);
    const variable = KEK?.variable;
    yield {
      ...(variable === undefined
        ? { path: "", span: null }
        : { variable, path: `variables[${variable.index}].data`, span: variable.dataSpan }),
      facts: {
        setting,
        present: KEK !== null,
        ofDb: entries > 0,
        microsoftSigns,
        enforced: modeOf(context) === "user",
        pk: nameOfPlatformKey(PK, context.platform),
      },
      repair: poolSetRepair(context.vm),
    };
  },
};
