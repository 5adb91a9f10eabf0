/** Setup mode, no db, no KEK: keys come from the pool's set, and not before somebody has looked at it. */

import { updateVarstored } from "./certificates-2023.ts";
import { PUT_BACK, propagateSteps, RECOVERY } from "./host-steps.ts";
import { factOf, forProduct, hasRule, type NextStep, type Remedy, type Subject, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const missingKeys: Remedy = {
  id: "missing-keys",
  ruleIds: ["setup-mode-with-secure-boot", "secure-boot-db-missing", "kek-missing"],
  needsLoading: true,
  includes: ["certificates-2023", "no-dbx"],
  group: (patient) =>
    ["setup-mode-with-secure-boot", "secure-boot-db-missing", "kek-missing"]
      .filter((id) => hasRule(patient, id))
      .map((id) => `${id} ${factOf(patient, id, "present")}`)
      .join(),
  title: ({ patients: [patient] }) =>
    hasRule(patient, "setup-mode-with-secure-boot")
      ? "It has no PK (setup mode): Secure Boot is off, although it is asked for"
      : hasRule(patient, "secure-boot-db-missing")
        ? factOf(patient, "secure-boot-db-missing", "present") === true
          ? "Nothing in db lets a boot loader start: with Secure Boot nothing starts"
          : "There is no db: with Secure Boot nothing starts"
        : factOf(patient, "kek-missing", "present") === true
          ? "Nothing in KEK signs an update: no update of db and dbx is ever taken"
          : "There is no KEK: no update of db and dbx is ever taken",
  variants: (subject) => {
    const targets = targetsOf(subject);
    const {
      patients: [patient],
    } = subject;
    const keeps = hasRule(patient, "setup-mode-with-secure-boot") ? [] : keepPk(subject);
    return [
      forProduct("xcp-ng-8.3-fixed", propagateSteps(targets, "xcp-ng-8.3-fixed"), keeps),
      { ...forProduct("xcp-ng-8.3", updateVarstored()), continuedBy: "xcp-ng-8.3-fixed" },
      forProduct("xcp-ng-8.2", installOn82()),
      forProduct("xenserver-8", propagateSteps(targets, "xenserver-8")),
    ];
  },
  source: [
    "varstored tools/varstore-sb-state.c and handler.c, setup_keys",
    "XCP-ng guide to UEFI Secure Boot",
    "xapi ocaml/xapi/xapi_vm.ml, get_secureboot_readiness",
  ],
};

/** An own PK may stay: the others are not signed with it when the host writes them. */
function keepPk(subject: Subject): NextStep[] {
  const { each } = targetsOf(subject);
  return [
    step(
      "pool-master",
      "Instead of writing the whole set, where the VM has a PK of its own that is to stay: write only the others, halted and saved as above",
      [
        each(
          (uuid) =>
            `varstore-set ${uuid} d719b2cb-3d3a-4596-a3bc-dad00e67656f dbx 0x27 /usr/share/varstored/dbx.auth`,
        ),
        each(
          (uuid) =>
            `varstore-set ${uuid} d719b2cb-3d3a-4596-a3bc-dad00e67656f db 0x27 /usr/share/varstored/db.auth`,
        ),
        each(
          (uuid) =>
            `varstore-set ${uuid} 8be4df61-93ca-11d2-aa0d-00e098032b8c KEK 0x27 /usr/share/varstored/KEK.auth`,
        ),
        each((uuid) => `varstore-ls ${uuid}`),
      ],
      { caution: RECOVERY, expect: "PK, KEK, db and dbx are listed.", undo: PUT_BACK },
    ),
  ];
}

/** uefistored adds what is missing at each start, from what the pool has. */
export function installOn82(): NextStep[] {
  return [
    step(
      "pool-master",
      "XCP-ng 8.2 has had no updates since September 2025. Install the pool's certificates; at its next start the VM gets those that it lacks",
      ["secureboot-certs report", "secureboot-certs install"],
      {
        expect:
          "PK, KEK, db and dbx are installed. They are those of 2011 alone: the certificates of 2023 come by varscope repair --add-certificates, or with XCP-ng 8.3.",
      },
    ),
  ];
}
