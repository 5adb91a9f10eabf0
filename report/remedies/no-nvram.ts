/** A record whose NVRAM is empty, as it should be for BIOS, or before the first start. */
import { askForNvram } from "./host-steps.ts";
import { anyProduct, type Remedy } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const noNvram: Remedy = {
  id: "no-nvram",
  ruleIds: [],
  title: () =>
    "There is no NVRAM: right for a BIOS VM and before the first start; if the VM ran by UEFI before, look at the host",
  variants: (subject) => anyProduct(askForNvram(targetsOf(subject))),
  source: ["varstored handler.c, setup_keys (a first start)"],
};
