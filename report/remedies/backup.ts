/** A backup holds this NVRAM: the VM itself may be another thing by now. */
import { isPlainUuid } from "../../parsers/uuid.ts";
import { askForNvram } from "./host-steps.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { targetsOf, targetUuid } from "./targets.ts";

export const backup: Remedy = {
  id: "backup",
  ruleIds: [],
  title: () => "A backup keeps this NVRAM: a restore brings it back",
  variants: (subject) => {
    const named = subject.patients.every((patient) => isPlainUuid(targetUuid(patient)));
    const targets = targetsOf(named ? subject : { ...subject, more: 0 });
    return anyProduct(
      askForNvram(targets).map((one) => ({
        ...one,
        ...(one.commands.length > 0 && one.title.startsWith("Save")
          ? { title: "Look at the VM itself first, where it is still there: save its NVRAM as it is now" }
          : {}),
      })),
      step("here", "Analyze that one, copied here", [`${subject.program} ./*.efivars.b64`]),
      step(
        "xen-orchestra",
        "After a restore of this backup: do not start the new VM before its NVRAM was saved, analyzed and mended in the same way",
        [],
        {
          caution:
            "A restored disk may be sealed to another vTPM: have the recovery key of BitLocker at hand.",
        },
      ),
    );
  },
  source: ["@xen-orchestra/backups (a delta backup is restored from vm.NVRAM, a full one from its .xva)"],
};
