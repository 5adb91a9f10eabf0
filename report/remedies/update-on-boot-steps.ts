/** XAPI's own update of certificates at the next start (XenServer 8 since June 2026; the field tells whether the host has it). */
import { RECOVERY, saveStep, suspendBitLocker } from "./host-steps.ts";
import { type NextStep, type Subject, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const STATE = "secureboot-certificates-state";

export function markSteps(subject: Subject): NextStep[] {
  const targets = targetsOf(subject);
  return [
    ...targets.prelude,
    step(
      "pool-master",
      "Ask XAPI what it thinks of its certificates",
      [targets.each((uuid) => `xe vm-param-get uuid=${uuid} param-name=${STATE}`)],
      {
        expect: "update_available. After ok, or an error, XAPI cannot do it: add them with varscope.",
      },
    ),
    suspendBitLocker(),
    saveStep(targets),
    step(
      "pool-master",
      "Mark it: the certificates are written at the next start or restart",
      [targets.each((uuid) => `xe vm-update-secureboot-certificates-on-boot uuid=${uuid} mark=true`)],
      {
        caution: `Where that write fails, the VM stops in its firmware at every start: unmark it, shut it down with force=true, start it. ${RECOVERY}`,
        expect: "After that start the state is ok.",
        undo: "Before that start: the same with mark=false.",
      },
    ),
  ];
}

export function unmarkStep(subject: Subject): NextStep {
  const { each } = targetsOf(subject);
  return step(
    "pool-master",
    "Unmark it until the NVRAM is in order",
    [each((uuid) => `xe vm-update-secureboot-certificates-on-boot uuid=${uuid} mark=false`)],
    { undo: "the same with mark=true" },
  );
}
