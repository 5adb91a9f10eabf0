/** Suspended VMs: the NVRAM of the saved state counts until the VM is shut down. */

import { shellPath } from "../render/shell.ts";
import { askForNvram } from "./host-steps.ts";
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
      step(
        "pool-master",
        "Resume it and shut it down in the guest; only where that fails, discard the saved state",
        [
          targets.each((uuid) => `xe vm-resume uuid=${uuid}`),
          targets.each((uuid) => `xe vm-shutdown uuid=${uuid} force=true`),
        ],
        {
          caution:
            "force=true discards the state with what was in the VM's memory: only after a resume that failed. It cannot be taken back.",
          expect: "halted: from now on the NVRAM of the VM's record counts.",
        },
      ),
      askForNvram({ ...targets, prelude: [] }),
      step("here", "Look at that one, copied here", [`${subject.program} ./*.efivars.b64`]),
    );
  },
  source: ["xapi ocaml/xapi/import.ml, VM.handle", "xapi ocaml/xapi/xapi_vm_lifecycle.ml"],
};
