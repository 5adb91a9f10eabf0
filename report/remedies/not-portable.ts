/** The saved state is larger than a host reads. */
import { discardStateStep, haltStep } from "./host-steps.ts";
import { anyProduct, type Remedy } from "./remedy.ts";
import { type Targets, targetsOf } from "./targets.ts";

export const notPortable: Remedy = {
  id: "not-portable",
  ruleIds: ["not-portable"],
  title: () => "The NVRAM does not fit everywhere that it may be taken to",
  variants: (subject) => {
    const targets = targetsOf(subject);
    return anyProduct(
      targets.prelude,
      { ...haltStep(targets), title: haltTitle(targets) },
      discardStateStep(targets),
    );
  },
  source: ["varstored xapidb-lib.c, MAX_FILE_SIZE", "Linux include/uapi/linux/binfmts.h, MAX_ARG_STRLEN"],
};

function haltTitle({ isSuspended }: Targets): string {
  return isSuspended
    ? "It was suspended: resume it, then shut it down; do not suspend or migrate it"
    : "Shut it down; do not suspend or migrate it";
}
