/** A snapshot's NVRAM cannot be put back into it; what it brings back can be repaired behind it. */

import { xeReadCommand } from "./host-commands.ts";
import { BEFORE_START, checkStep, deliverySteps, restoreSteps } from "./nvram-steps.ts";
import type { RunbookStep, RunbookSubject } from "./step.ts";
import { hostFile, lookUpSteps, savedName, uuidWord, VM_VARIABLE } from "./words.ts";

/**
 * VM.revert restores the NVRAM of snapshot_metadata, whatever the snapshot's own field holds (xapi
 * ocaml/xapi/xapi_vm_snapshot.ml, revert_vm_fields); fix-efivars.py refuses to fix snapshots.
 */
const WHY =
  "A revert restores the NVRAM that stands in snapshot_metadata, not the snapshot's own NVRAM field, which only VMs made from the snapshot get. Neither can be written: the host's script refuses snapshots, and xapi has no call for snapshot_metadata. So the snapshot stays as it is, and the VM is repaired behind a revert.";

export function snapshotSteps(subject: RunbookSubject): RunbookStep[] {
  const { vm, textSha256 } = subject;
  return [
    ...deliverySteps(subject),
    ...lookUpSteps(vm),
    {
      title: "Find the VM that the snapshot is of, and save its NVRAM",
      machine: "host",
      commands: [
        `vm=$(xe snapshot-param-get uuid=${uuidWord(vm)} param-name=snapshot-of)`,
        `${xeReadCommand(VM_VARIABLE)} > ${hostFile(savedName(vm, "vm-before"))}`,
      ],
      note: WHY,
    },
    {
      title: "Take a snapshot of the VM as it is now, then revert",
      machine: "host",
      commands: [
        `before=$(xe vm-snapshot uuid=${VM_VARIABLE} new-name-label=before-revert)`,
        `xe snapshot-revert snapshot-uuid=${uuidWord(vm)}`,
      ],
      note: 'Only if you want the state of this snapshot back. A revert throws away the disks of the VM as they are; do not start the VM yet. A checkpoint comes back suspended, and only a halted VM takes an NVRAM: xe vm-shutdown uuid="$vm" force=true discards the saved state.',
    },
    ...restoreSteps(subject, VM_VARIABLE, "vm"),
    {
      ...checkStep(VM_VARIABLE, savedName(vm, "after"), textSha256, "vm"),
      note: `The first command says "-: OK". ${BEFORE_START}`,
    },
    {
      title: "Take a new snapshot of the repaired VM, and delete the old one once the VM runs",
      machine: "host",
      commands: [
        `xe vm-snapshot uuid=${VM_VARIABLE} new-name-label=repaired`,
        `xe snapshot-uninstall snapshot-uuid=${uuidWord(vm)}`,
      ],
      note: "snapshot-uninstall deletes the snapshot's disks, and asks first. Until then every revert and every VM made from the snapshot brings the fault back.",
    },
    {
      title: "To roll back: revert to the snapshot of before",
      machine: "host",
      commands: ['xe snapshot-revert snapshot-uuid="$before"'],
      note: null,
    },
  ];
}
