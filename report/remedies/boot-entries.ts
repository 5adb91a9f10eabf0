/** Boot entries that BootOrder names are not there. */
import { bootEntrySteps } from "./boot-entry-steps.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const bootEntries: Remedy = {
  id: "boot-entries",
  ruleIds: ["boot-order-dangling"],
  title: () => "Boot entries are missing: the firmware may not find the system",
  variants: (subject) => {
    const { each, prelude } = targetsOf(subject);
    return anyProduct(
      prelude,
      step(
        "pool-master",
        "Look at the order of devices, by which BootOrder is sorted at each start (c disk, d CD, n network)",
        [each((uuid) => `xe vm-param-get uuid=${uuid} param-name=HVM-boot-params`)],
        { expect: "order: cdn, or another one with c in it" },
      ),
      bootEntrySteps("Where it does not start"),
    );
  },
  source: ["UEFI 2.10 §3.1.1", "rhboot/shim README.fallback", "efibootmgr(8)"],
};
