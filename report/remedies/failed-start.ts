/** Starts that failed, as a host's log or a client tells: what to look at, by cause. */
import { isPlainUuid } from "../../parsers/uuid.ts";
import { saveCommand } from "../runbook/host-commands.ts";
import {
  anyProduct,
  factOf,
  hasRule,
  type NextStep,
  type Patient,
  type Remedy,
  type Subject,
  step,
} from "./remedy.ts";

const REFUSED = "varstored-refused-nvram";
const UNEXPLAINED = "varstored-ended-unexplained";
const OTHERWISE = "start-failed-otherwise";

export const failedStart: Remedy = {
  id: "failed-start",
  ruleIds: [REFUSED, UNEXPLAINED, OTHERWISE],
  group: (patient) =>
    [REFUSED, UNEXPLAINED, OTHERWISE].filter((id) => hasRule(patient, id)).join() +
    String(factOf(patient, OTHERWISE, "cause")),
  title: ({ patients: [patient] }) =>
    hasRule(patient, REFUSED, UNEXPLAINED)
      ? "VMs did not start because varstored ended"
      : "VMs did not start for another reason",
  variants: (subject) => {
    const [patient] = subject.patients;
    return anyProduct(
      hasRule(patient, REFUSED, UNEXPLAINED) ? nvramSteps(subject) : [],
      hasRule(patient, OTHERWISE) ? otherSteps(String(factOf(patient, OTHERWISE, "cause"))) : [],
    );
  },
  source: [
    "xen-api ocaml/idl/datamodel_errors.ml, FAILED_TO_START_EMULATOR",
    "varstored xapidb-lib.c and handler.c (what it logs)",
    "xcp-ng/xcp issue 508, xen-orchestra issue 6783",
  ],
};

function nvramSteps(subject: Subject): NextStep[] {
  const [patient] = subject.patients;
  const uuids = vmsOf(patient);
  const save =
    uuids.length === 0
      ? [saveCommand("UUID")]
      : uuids.length === 1
        ? [saveCommand(uuids[0] ?? "UUID")]
        : [`for vm in ${uuids.join(" ")}; do ${saveCommand('"$vm"')}; done`];
  return [
    step(
      "host",
      "Look at what varstored said, on the host where the start failed",
      ["grep -E 'varstored-[0-9]+' /var/log/daemon.log*"],
      {
        expect:
          '"Failed to unserialize variable" and the like: the NVRAM, go on. "Auth file … is too large": the certificates of the hosts (secureboot-certs clear, ls -lL /var/lib/varstored). "Failed to communicate with XAPI": systemctl status varstored-guard, then xe-toolstack-restart.',
      },
    ),
    step(
      "pool-master",
      uuids.length === 0
        ? "Save the NVRAM of the VM, with its UUID"
        : "Save the NVRAM of each VM that did not start",
      save,
      {
        expect: "A file that is not empty.",
      },
    ),
    step("here", "Copy it here (HOST is the host's address) and look at it", [
      "scp 'root@HOST:/root/*.efivars.b64' .",
      `${subject.program} ./*.efivars.b64`,
    ]),
  ];
}

function vmsOf(patient: Patient): string[] {
  const named = [REFUSED, UNEXPLAINED].flatMap((id) => {
    const vms = factOf(patient, id, "vms");
    return Array.isArray(vms) ? vms.map(String) : [];
  });
  return [...new Set(named.filter((uuid) => isPlainUuid(uuid)))].slice(0, 20);
}

/** Commands by what the log says; none of them is about the NVRAM's layout. */
function otherSteps(cause: string): NextStep[] {
  switch (cause) {
    case "secure-boot-refused":
      return [
        step(
          "pool-master",
          "Save the VM's NVRAM, and ask varscope what it trusts: the boot loader of the disk is signed by something else",
          [saveCommand("UUID")],
          {
            expect:
              "What db lacks or dbx revokes. An older disk, or a newer installation medium, needs the certificates of 2023 in db.",
          },
        ),
      ];
    case "xapi-did-not-answer":
      return [
        step(
          "host",
          "xapi did not hand the NVRAM over: look at its guard, restart the toolstack, and start the VM again",
          ["systemctl status varstored-guard", "xe-toolstack-restart"],
          { expect: "The VM starts. Running VMs go on running." },
        ),
      ];
    case "keys-not-planted":
      return [
        step(
          "pool-master",
          "varstored could not plant the pool's keys: look at the set, then set it anew",
          ["secureboot-certs report", "ls -lL /var/lib/varstored"],
          {
            expect:
              "Four files of at most 57344 bytes; where one is damaged, secureboot-certs clear goes back to the defaults.",
          },
        ),
      ];
    case "timed-out":
      return [
        step(
          "pool-master",
          "varstored was not ready in time, mostly under load: start the VM again, on another host",
          ["xe vm-start uuid=UUID on=OTHER-HOST"],
        ),
      ];
    default:
      return [
        step(
          "host",
          "It is not the NVRAM: look at what the emulator said",
          ["grep -E 'qemu-dm|swtpm|demu' /var/log/daemon.log* | tail -n 50"],
          {
            caution:
              "Where swtpm failed: never delete the vTPM of a VM with BitLocker before its recovery key is at hand.",
            expect:
              "qemu-dm: eject the ISO, look at PCI devices and memory. swtpm: the state of the vTPM. vgpu, demu: the GPU's driver.",
          },
        ),
      ];
  }
}
