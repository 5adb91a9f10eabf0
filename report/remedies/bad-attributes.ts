/** Attributes that the daemon would not have stored. */

import { shellPath } from "../render/shell.ts";
import { anyProduct, type Patient, type Remedy, step } from "./remedy.ts";
import { repairCommands } from "./repair-command.ts";

const RULE = "bad-attributes";
export const badAttributes: Remedy = {
  id: RULE,
  ruleIds: [RULE],
  needsLoading: true,
  // What writes the pool's set comes after this, if at all.
  includes: ["certificates-2023", "missing-keys", "platform-key", "stored-keys"],
  group: (patient) => (isOfKeys(patient) ? "keys" : "other"),
  title: ({ patients: [patient] }) =>
    isOfKeys(patient)
      ? "A key variable has other attributes than its updates are written with"
      : "A variable has attributes that no host stores: it breaks nothing",
  variants: (subject) =>
    isOfKeys(subject.patients[0])
      ? anyProduct(
          step(
            "here",
            "Set them to 0x27: four bytes of each variable; what it holds stays",
            repairCommands(subject, { strategy: "compact", certificates: null }),
            {
              caution: NOT_THE_SET,
              expect:
                "The attributes before and after, and, command by command, how the result gets to the host and back. Then analyze the result: what else its keys need comes after this.",
            },
          ),
        )
      : anyProduct(
          step("here", "Look at it; then leave it, unless its owner cannot write it any more", [
            `${subject.program} inspect ${shellPath(subject.patients[0].path)}`,
          ]),
        ),
  source: [
    "varstored handler.c, do_set_variable and check_attr",
    "varstored xapidb-lib.c (the loader looks at no attributes)",
    "varstored tools/varstore-sb-state.c",
  ],
};

const NOT_THE_SET =
  "Before that, do not write the pool's set into this VM (varstore-sb-state, or the button of Xen Orchestra): with some attributes it fails half-way with Invalid Parameter, and leaves the VM without PK and KEK.";

/** PK, KEK, db, dbx, dbt: of these alone it is known which attributes they have to have. */
function isOfKeys({ symptoms }: Patient): boolean {
  return symptoms.some(({ ruleId, facts }) => ruleId === RULE && facts["expected"] !== null);
}
