/** Attributes that the daemon would not have stored. */

import { xeRemoveCommand } from "../runbook/host-commands.ts";
import { PUT_BACK, propagateSteps } from "./host-steps.ts";
import { restoreOlderSteps } from "./older-nvram.ts";
import { anyProduct, factOf, type Patient, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

const RULE = "bad-attributes";
/** With one of these bits the host's tools end in the middle, and the VM has neither PK nor KEK afterwards. */
const DEADLY_BITS = 0x08 | 0x10 | 0x40 | 0x80;

export const badAttributes: Remedy = {
  id: RULE,
  ruleIds: [RULE],
  needsLoading: true,
  // They all begin by writing the pool's set.
  includes: ["certificates-2023", "missing-keys", "platform-key", "stored-keys"],
  group: (patient) => String(isDeadly(patient)),
  title: ({ patients: [patient] }) =>
    isDeadly(patient)
      ? "A variable has attributes with which the host's tools fail half-way"
      : "A variable has other attributes than its updates are written with",
  variants: (subject) => {
    const targets = targetsOf(subject);
    if (!isDeadly(subject.patients[0])) return anyProduct(propagateSteps(targets));
    const warned = restoreOlderSteps(subject).map((one, i) =>
      i === 0 ? { ...one, caution: NOT_THE_SET } : one,
    );
    return anyProduct(
      warned,
      step(
        "pool-master",
        "Only where there is no older NVRAM: drop it, halted and saved as above, so that the next start is a first start",
        [targets.each((uuid) => xeRemoveCommand(uuid))],
        {
          caution:
            "Boot entries, machine owner keys and own keys are gone; the pool's keys are planted anew. Turn Secure Boot off before (platform:secureboot=false), and have recovery keys at hand.",
          undo: PUT_BACK,
        },
      ),
    );
  },
  source: ["varstored handler.c, do_set_variable and check_attr", "varstored tools/varstore-sb-state.c"],
};

const NOT_THE_SET =
  "Do not write the pool's set into this VM (varstore-sb-state, or the button of Xen Orchestra): it fails half-way with Invalid Parameter, and leaves the VM without PK and KEK.";

function isDeadly(patient: Patient): boolean {
  const attributes = Number(factOf(patient, RULE, "attributes") ?? 0);
  return (attributes & DEADLY_BITS) !== 0;
}
