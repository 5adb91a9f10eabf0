/** XAPI's field says another thing than the NVRAM. */
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";
import { STATE } from "./update-on-boot-steps.ts";

export const xapiState: Remedy = {
  id: "xapi-state",
  ruleIds: ["xapi-state-contradicts-blob"],
  title: () => "XAPI's record of the certificates is wrong; the NVRAM counts",
  variants: (subject) => {
    const { each, prelude } = targetsOf(subject);
    return anyProduct(
      prelude,
      step(
        "pool-master",
        "Ask the tool that XAPI itself asks, and compare",
        [
          each(
            (uuid) =>
              `xe vm-param-get uuid=${uuid} param-name=NVRAM param-key=EFI-variables --minimal > /root/${uuid}.check`,
          ),
          each((uuid) => `varstore-nvram-certcheck /root/${uuid}.check`),
          each((uuid) => `xe vm-param-get uuid=${uuid} param-name=${STATE}`),
        ],
        {
          caution:
            "ok proves nothing: XAPI writes it after every error, too. Do not wait for the field: mend the certificates as the other steps say.",
          expect:
            "update_ok, update_required or unknown. XAPI works its field out anew at an import, and on some versions when varstored saves the NVRAM.",
        },
      ),
    );
  },
  source: [
    "xapi ocaml/xapi/xapi_vm_helpers.ml, check_secureboot_certificates_state",
    "varstored cert-check.c",
  ],
};
