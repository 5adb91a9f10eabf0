/** An owner GUID that is nobody's. */
import { propagateSteps } from "./host-steps.ts";
import { anyProduct, type Remedy } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const misspeltOwner: Remedy = {
  id: "misspelt-owner",
  ruleIds: ["misspelt-owner"],
  needsLoading: true,
  title: () => "An owner of signatures is misspelt: an update stores the same certificates once more",
  variants: (subject) => anyProduct(propagateSteps(targetsOf(subject))),
  source: [
    "varstored handler.c (entries are the same with the same owner)",
    "varstored tools/varstore-sb-state.c",
  ],
};
