/** KEK or db lack Microsoft's certificates of 2023. */
import { addSteps, linuxUpdateSteps, windowsUpdateSteps } from "./certificate-steps.ts";
import { diskSteps } from "./disk-steps.ts";
import { propagateSteps } from "./host-steps.ts";
import { factOf, forProduct, hasRule, type NextStep, type Patient, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";
import { markSteps } from "./update-on-boot-steps.ts";

const KEK = "kek-2023-missing";
const DB = "db-2023-missing";

export const certificates2023: Remedy = {
  id: "certificates-2023",
  ruleIds: [KEK, DB],
  needsLoading: true,
  group: (patient) =>
    [lacks(patient, KEK), lacks(patient, DB), guestTakesDb(patient), ownKeys(patient)].join(),
  title: ({ patients: [patient] }) =>
    `${[hasRule(patient, KEK) ? "KEK" : "", hasRule(patient, DB) ? "db" : ""].filter((part) => part !== "").join(" and ")} lack${hasRule(patient, KEK, DB) && !(hasRule(patient, KEK) && hasRule(patient, DB)) ? "s" : ""} Microsoft's certificates of 2023`,
  variants: (subject) => {
    const [patient] = subject.patients;
    const inGuest = guestSteps(patient);
    const steps = inGuest.length === 0 ? [] : [...diskSteps(subject), ...inGuest];
    const guest = { product: "any", way: "from inside the guest", steps } as const;
    const own = { product: "any", way: "with varscope", steps: addSteps(subject) } as const;
    if (ownKeys(patient)) return [guest, own];
    return [
      guest,
      own,
      forProduct("xcp-ng-8.3-fixed", propagateSteps(targetsOf(subject), "xcp-ng-8.3-fixed")),
      { ...forProduct("xcp-ng-8.3", updateVarstored()), continuedBy: "xcp-ng-8.3-fixed" },
      forProduct("xenserver-8", markSteps(subject)),
    ];
  },
  source: [
    "XCP-ng guide to UEFI Secure Boot",
    "Citrix CTX696551 and the XenServer 8 guide to Secure Boot certificates",
    "microsoft/secureboot_objects, PostSignedObjects/KEK/kek_update_map.json",
    "varstored tools/varstore-sb-state.c",
  ],
};

function lacks(patient: Patient, rule: string): boolean {
  return hasRule(patient, rule);
}

function guestTakesDb(patient: Patient): boolean {
  return factOf(patient, DB, "guestCanTakeThem") === true;
}

/** A PK that is neither XCP-ng's nor XenServer's: then the pool's set would replace somebody's own keys. */
function ownKeys(patient: Patient): boolean {
  const pk = factOf(patient, KEK, "pk");
  return typeof pk === "string" && !/xcp-ng|xenserver|citrix|cloud software/i.test(pk);
}

/** db alone comes from inside, as long as KEK holds Microsoft's certificate of 2011. */
function guestSteps(patient: Patient): NextStep[] {
  if (!guestTakesDb(patient) || lacks(patient, KEK)) return [];
  return [
    ...windowsUpdateSteps(
      "0x5940",
      "Events 1036, 1044 and 1045 in the System log: db has the certificates. 1803 stays: KEK cannot come from inside.",
    ),
    ...linuxUpdateSteps("mokutil --db lists Windows UEFI CA 2023."),
  ];
}

/** The set of 2023 comes with the package. */
export function updateVarstored(): NextStep {
  return step(
    "host",
    "On every host, the master first: update varstored, which brings the certificates of 2023",
    ["yum update varstored varstored-tools", "xe-toolstack-restart", "rpm -q varstored"],
    { expect: "varstored-1.2.0-3.4 or newer: go on with the steps for it." },
  );
}
