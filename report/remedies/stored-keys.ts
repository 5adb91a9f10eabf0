/** Key variables whose content is damaged in a way that the pool's set, written anew, takes away. */
import { propagateSteps } from "./host-steps.ts";
import { anyProduct, type Remedy } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const storedKeys: Remedy = {
  id: "stored-keys",
  ruleIds: ["stored-auth-header", "malformed-signature-list", "timestamp-freezes-variable"],
  needsLoading: true,
  title: () => "A key variable is damaged, or its time lies so far ahead that no update is taken any more",
  variants: (subject) => anyProduct(propagateSteps(targetsOf(subject))),
  source: ["varstored tools/varstore-sb-state.c", "varstored handler.c, do_set_variable (timestamps)"],
};
