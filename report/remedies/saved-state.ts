/** Suspended VMs: the NVRAM of the saved state counts until the VM is shut down. */

import { shellPath } from "../render/shell.ts";
import { askForNvram, discardStateStep, haltStep } from "./host-steps.ts";
import { anyProduct, hasRule, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const savedState: Remedy = {
  id: "saved-state",
  ruleIds: ["suspended-without-state"],
  group: (patient) => String(hasRule(patient, "suspended-without-state")),
  title: ({ patients: [patient] }) =>
    hasRule(patient, "suspended-without-state")
      ? "It was exported suspended, without its saved state"
      : "The NVRAM in its saved state is not in order",
  variants: (subject) => {
    const targets = targetsOf(subject);
    const [patient] = subject.patients;
    if (hasRule(patient, "suspended-without-state") && patient.format === "xva")
      return anyProduct(
        step(
          "pool-master",
          "Import it with force=true, in the folder with the export; the new VM is halted",
          [`xe vm-import filename=${shellPath(patient.path)} force=true`],
          {
            caution:
              "It makes a second VM: never run it beside the old one. What was in the memory of the suspended VM is not in the export.",
            undo: "xe vm-uninstall uuid=UUID, with the UUID that the import printed",
          },
        ),
      );
    return anyProduct(
      targets.prelude,
      haltStep({ ...targets, isSuspended: true }),
      discardStateStep(targets),
      askForNvram({ ...targets, prelude: [] }),
      step("here", "Look at that one, copied here", [`${subject.program} ./*.efivars.b64`]),
    );
  },
  source: ["xapi ocaml/xapi/import.ml, VM.handle", "xapi ocaml/xapi/xapi_vm_lifecycle.ml"],
};
