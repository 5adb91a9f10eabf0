/** A PK or KEK that cannot do its work: a test key, a leaked one, a placeholder, a key that varstored cannot use. */
import { propagateSteps } from "./host-steps.ts";
import { anyProduct, type Remedy } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const platformKey: Remedy = {
  id: "platform-key",
  ruleIds: ["test-or-leaked-pk", "unusable-pk", "unusable-kek-signer", "certificate-in-wrong-variable"],
  needsLoading: true,
  includes: ["certificates-2023"],
  title: () => "A key is not what it should be: it is public, cannot sign, or stands in the wrong variable",
  variants: (subject) => anyProduct(propagateSteps(targetsOf(subject))),
  source: ["varstored tools/varstore-sb-state.c", "varstored handler.c, verify_auth_var_type"],
};
