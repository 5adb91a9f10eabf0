/** EFI-variables-on-boot: the NVRAM is thrown away at each start. */
import { haltStep, saveStep } from "./host-steps.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const onBootReset: Remedy = {
  id: "on-boot-reset",
  ruleIds: ["nvram-reset-on-boot"],
  title: () => "Its NVRAM is thrown away, or not taken, at each start (EFI-variables-on-boot)",
  variants: (subject) => {
    const targets = targetsOf(subject);
    return anyProduct(
      targets.prelude,
      haltStep(targets),
      saveStep(targets),
      step(
        "pool-master",
        "If the VM shall keep its variables: take the key out",
        [
          targets.each(
            (uuid) => `xe vm-param-get uuid=${uuid} param-name=NVRAM param-key=EFI-variables-on-boot`,
          ),
          targets.each(
            (uuid) => `xe vm-param-remove uuid=${uuid} param-name=NVRAM param-key=EFI-variables-on-boot`,
          ),
        ],
        {
          caution:
            "Do not take out EFI-variables itself, which holds the NVRAM. VMs of a shared disk (MCS, PVS) may have it on purpose.",
          undo: "xe vm-param-add uuid=UUID param-name=NVRAM EFI-variables-on-boot=reset",
        },
      ),
    );
  },
  source: ["varstored xapidb-lib.c", "xapi ocaml/xapi-cli-server/records.ml (NVRAM)"],
};
