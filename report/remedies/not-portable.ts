/** The saved state is larger than a host reads. */
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const notPortable: Remedy = {
  id: "not-portable",
  ruleIds: ["not-portable"],
  title: () => "The NVRAM does not fit everywhere that it may be taken to",
  variants: (subject) => {
    const { each, prelude } = targetsOf(subject);
    return anyProduct(
      prelude,
      step(
        "pool-master",
        "Shut it down instead of suspending or migrating it; where it is suspended and cannot be resumed, discard the state",
        [each((uuid) => `xe vm-shutdown uuid=${uuid} force=true`)],
        {
          caution: "force=true discards what was in the VM's memory. It cannot be taken back.",
          expect: "halted",
        },
      ),
    );
  },
  source: ["varstored xapidb-lib.c, MAX_FILE_SIZE", "Linux include/uapi/linux/binfmts.h, MAX_ARG_STRLEN"],
};
