import { holds } from "./engine/key-state.ts";
import type { NvramRule, RuleContext } from "./engine/rule.ts";
import { KEK_2K_CA_2023, KEK_CA_2011 } from "./knowledge/certificates.ts";

const FIELD = "secureboot_certificates_state";

export const xapiStateContradictsBlob: NvramRule = {
  meta: {
    id: "xapi-state-contradicts-blob",
    title: "XAPI records another state of the certificates than the NVRAM has",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Compares secureboot_certificates_state of the VM's record with the blob: ok for one that the daemon refuses or whose KEK holds Microsoft's certificate of 2011 alone, update_available for one whose KEK has that of 2023.",
      why: "XAPI asks a tool that looks at KEK alone, and records ok whenever that tool fails or does not know the certificates. A VM that cannot start so counts as in order in every overview; one whose KEK is of 2011 alone takes no update of dbx that Microsoft signed later.",
      repair:
        "None is applied: the field is XAPI's. It is worked out anew at an import, and, by some versions of varstored, when the NVRAM is saved (newer ones pass update=no); the host's restore script and xe leave the field as it is.",
      notAFault:
        "The field is worked out now and then, and may lag behind a change of today. Older hosts do not have it.",
      references: [
        "xapi ocaml/xapi/xapi_vm_helpers.ml, check_secureboot_certificates_state",
        "varstored cert-check.c, check_nvram_certs_state",
      ],
    },
  },
  message: ({ state, truth }) => `XAPI records ${state}, but ${truth}.`,
  on: "nvram",
  *detect(_nvram, context) {
    const state = context.vm.fields.get(FIELD);
    const truth = contradiction(state, context);
    if (state === undefined || truth === null) return;
    yield {
      path: "",
      span: null,
      facts: { state, truth },
      repair: {
        applicability: "manual",
        title: "Do not rely on the recorded state: mend what the other findings say",
        patches: [],
      },
    };
  },
};

function contradiction(state: string | undefined, context: RuleContext): string | null {
  if (state !== "ok" && state !== "update_available") return null;
  if (state === "ok" && context.load?.loads === false) return "the daemon refuses this NVRAM";
  const { KEK } = context.keys();
  const certificates = KEK?.certificates ?? [];
  // XAPI's tool goes by dates: one certificate of another generation is enough for ok.
  const isOldAlone =
    certificates.length > 0 && certificates.every(({ known }) => known?.sha256 === KEK_CA_2011);
  if (state === "ok" && isOldAlone) return "KEK holds Microsoft's certificate of 2011 alone";
  if (state === "update_available" && holds(KEK, KEK_2K_CA_2023)) {
    return "KEK holds Microsoft's certificate of 2023 already";
  }
  return null;
}
