/** A backup or export of which something is missing. */
import { shellPath } from "../render/shell.ts";
import { anyProduct, factOf, type Remedy, step } from "./remedy.ts";

const RULE = "backup-incomplete";

export const backupIncomplete: Remedy = {
  id: RULE,
  ruleIds: [RULE],
  group: (patient) => String(patient.format === "xva"),
  title: () => "A backup or export cannot be restored: something is missing or cut",
  variants: ({ patients: [patient], program }) =>
    anyProduct(
      patient.format === "xva"
        ? step("here", "See where it is damaged", [`${program} verify ${shellPath(patient.path)}`], {
            expect:
              "The first block that is missing or damaged. Bring the file again from where it was written.",
          })
        : step(
            "here",
            "Bring the missing files back from another copy of the remote, then look again",
            [`${program} ${shellPath(patient.path)}`],
            {
              expect: "This finding is gone.",
            },
          ),
      step(
        "xen-orchestra",
        "Take another backup now: Backup, the job, Run; while the VM is there, nothing is lost",
        [],
        {
          expect: `A new backup without this finding. The NVRAM itself is in the metadata: ${program} extract takes it out.${factOf(patient, RULE, "backup") === null ? " Export the VM again, where it was an export." : ""}`,
        },
      ),
    ),
  source: [
    "@xen-orchestra/backups isValidXva, RemoteAdapter.mjs",
    "xapi ocaml/xapi-aux/tar_helpers.ml, write_end",
  ],
};
