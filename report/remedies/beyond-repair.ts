/** An NVRAM that nothing repairs: an older one of the same VM, else a new one. */
import { clip, printable } from "../render/printable.ts";
import { xeRemoveCommand } from "../runbook/host-commands.ts";
import { cutGroup, isBeginningAlone, isCut, ONLY_IF_SAME, wholeCopySteps } from "./cut-copy.ts";
import { PUT_BACK, startStep } from "./host-steps.ts";
import { restoreOlderSteps } from "./older-nvram.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { REPAIRED_RULES } from "./repair.ts";
import { targetsOf } from "./targets.ts";

export const beyondRepair: Remedy = {
  id: "beyond-repair",
  ruleIds: REPAIRED_RULES,
  title: ({ patients: [patient] }) => {
    const { advice } = patient;
    if (isBeginningAlone(patient)) return "Only its beginning is here: get the whole text";
    return advice?.kind === "beyond-repair"
      ? `No strategy repairs it: ${clip(printable(advice.reason), 300).replace(/\.$/, "")}`
      : "varscope does not repair it";
  },
  group: (patient) =>
    `${patient.advice?.kind === "beyond-repair" ? patient.advice.reason : ""}${cutGroup(patient)}`,
  variants: (subject) => {
    const whole = wholeCopySteps(subject);
    if (isBeginningAlone(subject.patients[0])) return anyProduct(whole);
    const targets = targetsOf(subject);
    const [older, ...putBack] = restoreOlderSteps(subject);
    const condition = isCut(subject.patients[0]) ? `${ONLY_IF_SAME}. ` : "";
    return anyProduct(
      whole,
      older === undefined ? [] : { ...older, title: `${condition}${older.title}` },
      putBack,
      step(
        "pool-master",
        "Only if there is no older NVRAM: delete this one (VM halted, NVRAM saved as above). The next start is then a first start",
        [
          targets.each((uuid) => `xe vm-param-set uuid=${uuid} platform:secureboot=false`),
          targets.each((uuid) => xeRemoveCommand(uuid)),
        ],
        {
          caution:
            "Boot entries, machine owner keys and own keys are gone; the pool's keys are planted anew. Secure Boot is off then: platform:secureboot=true sets it again, once the VM runs. Have the recovery keys of encrypted disks at hand.",
          expect:
            "The firmware starts \\EFI\\BOOT\\BOOTX64.EFI of the disk; else choose the boot loader in its menu (Esc) and make the boot entry anew in the guest (bcdboot, efibootmgr).",
          undo: PUT_BACK,
        },
      ),
      startStep(targets),
    );
  },
  source: [
    "XCP-ng 8.3 release notes (xe vm-param-remove … EFI-variables)",
    "varstored handler.c, setup_keys",
  ],
};
