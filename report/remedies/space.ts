/** The NVRAM is nearly full: 131072 bytes for all variables, 57344 for one. */
import { shellPath } from "../render/shell.ts";
import { haltAndSave, lookAfter, PUT_BACK, startStep } from "./host-steps.ts";
import { anyProduct, factOf, hasRule, type NextStep, type Patient, type Remedy, step } from "./remedy.ts";
import { repairCommands } from "./repair-command.ts";
import { targetsOf } from "./targets.ts";

const LINUX_PSTORE = "cfc8fc79-be2e-4ddc-97f0-9f98bfe298a0";

export const space: Remedy = {
  id: "space",
  ruleIds: ["near-total-limit", "crash-dump-residue", "next-update-overflows"],
  needsLoading: true,
  group: (patient) =>
    [
      ...["near-total-limit", "crash-dump-residue", "next-update-overflows"].filter((id) =>
        hasRule(patient, id),
      ),
      hasDumps(patient),
    ].join(),
  title: ({ patients: [patient] }) =>
    hasRule(patient, "next-update-overflows")
      ? "The next update of dbx does not fit"
      : "The NVRAM is nearly full",
  variants: (subject) => {
    const [patient] = subject.patients;
    const targets = targetsOf(subject);
    return anyProduct(
      step(
        "here",
        "Look at what takes the room",
        [`${subject.program} inspect ${shellPath(patient.path)}`],
        hasDumps(patient)
          ? {}
          : {
              expect:
                "The largest variables. What the guest needs no more, such as boot entries or machine owner keys, is deleted inside it.",
            },
      ),
      hasRule(patient, "next-update-overflows")
        ? [
            step(
              "here",
              "Where dbx is what is full: drop entries that can match nothing, and join its lists",
              repairCommands(subject, { strategy: "compact", certificates: null }),
              {
                expect:
                  "A smaller dbx, and the steps that bring it to the host; or that there is nothing to drop.",
              },
            ),
          ]
        : [],
      hasDumps(patient) ? dumpSteps(targets) : [],
    );
  },
  source: [
    "varstored include/handler.h, TOTAL_LIMIT",
    "Linux drivers/firmware/efi/efi-pstore.c",
    "varstored tools/varstore-rm.c",
  ],
};

/** Whether a crash dump of Linux (efi-pstore.c: `dump-type0-…`) is among what takes the room. */
function hasDumps(patient: Patient): boolean {
  const largest = factOf(patient, "near-total-limit", "largest");
  return (
    hasRule(patient, "crash-dump-residue") ||
    (Array.isArray(largest) && largest.some((name) => String(name).startsWith("dump-type")))
  );
}

function dumpSteps(targets: ReturnType<typeof targetsOf>): NextStep[] {
  return [
    step(
      "guest-linux",
      "As root: save the crash dumps, then delete them; deleting the file deletes the variable, and needs no room",
      ["ls -l /sys/fs/pstore", "cp -a /sys/fs/pstore /var/tmp/", "rm /sys/fs/pstore/dmesg-efi*"],
      {
        expect:
          "The folder is empty. efi_pstore.pstore_disable=1 on the kernel's command line stops new ones.",
      },
    ),
    haltAndSave(targets),
    step(
      "pool-master",
      "Or on the host: list the variables, and take out the dumps one by one (names as the list has them)",
      [
        targets.each((uuid) => `varstore-ls ${uuid}`),
        targets.each((uuid) => `varstore-rm ${uuid} ${LINUX_PSTORE} NAME`),
      ],
      { expect: "No output, exit code 0; else Not Found.", undo: PUT_BACK },
    ),
    lookAfter(targets, "The dumps are gone"),
    startStep(targets),
  ].flat();
}
