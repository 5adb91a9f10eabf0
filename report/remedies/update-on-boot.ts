/** The record schedules XAPI's update for the next start. */
import { RECOVERY, saveStep, suspendBitLocker } from "./host-steps.ts";
import { anyProduct, factOf, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";
import { STATE, unmarkStep } from "./update-on-boot-steps.ts";

const RULE = "xapi-update-scheduled";

export const updateOnBoot: Remedy = {
  id: "update-on-boot",
  ruleIds: [RULE],
  group: (patient) => String(factOf(patient, RULE, "outcome")),
  title: ({ patients: [patient] }) =>
    factOf(patient, RULE, "outcome") === "does-not-fit"
      ? "The certificates that XAPI is to write at the next start do not fit"
      : factOf(patient, RULE, "outcome") === "write-refused"
        ? "varstored does not take the certificates that XAPI is to write at the next start"
        : "XAPI is to write new certificates at the next start",
  variants: (subject) => {
    const targets = targetsOf(subject);
    const outcome = factOf(subject.patients[0], RULE, "outcome");
    if (outcome === "does-not-fit" || outcome === "write-refused" || outcome === "refused")
      return anyProduct(targets.prelude, unmarkStep(subject));
    return anyProduct(
      targets.prelude,
      suspendBitLocker(),
      saveStep(targets),
      step(
        "pool-master",
        "Restart it when it suits, and look",
        [targets.each((uuid) => `xe vm-param-get uuid=${uuid} param-name=${STATE}`)],
        {
          caution: `Where the write fails, the VM stops in its firmware: unmark it (mark=false), shut it down with force=true, start it. ${RECOVERY}`,
          expect: "ok",
        },
      ),
    );
  },
  source: [
    "xapi ocaml/xapi/xapi_vm.ml, update_secureboot_certificates_on_boot",
    "xen-api doc/content/design/secureboot-certificate-expiry.md",
  ],
};
