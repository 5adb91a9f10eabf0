/** A snapshot or its copy of the VM's record: nothing writes it; what it brings back is mended behind a revert. */
import { isPlainUuid } from "../../parsers/uuid.ts";
import { askForNvram } from "./host-steps.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const snapshot: Remedy = {
  id: "snapshot",
  ruleIds: ["nvram-copies-differ"],
  title: () => "A snapshot keeps this NVRAM: a revert, or a VM made of it, brings it back",
  variants: (subject) => {
    const uuid =
      subject.patients.find((one) => one.kind === "snapshot" && isPlainUuid(one.uuid))?.uuid ?? "UUID";
    const ofVm = targetsOf({
      ...subject,
      more: 0,
      patients: [{ ...subject.patients[0], uuid: null, nameLabel: null }],
    });
    return anyProduct(
      step("pool-master", "Find the VM of this snapshot; to mend the VM itself, take its own steps", [
        `vm=$(xe snapshot-param-get uuid=${uuid} param-name=snapshot-of)`,
        'echo "$vm"',
      ]),
      askForNvram({ ...ofVm, prelude: [] }),
      step(
        "pool-master",
        "Only if you want the state of this snapshot back: save what is there by another snapshot, then revert; do not start the VM yet",
        [
          'before=$(xe vm-snapshot uuid="$vm" new-name-label=before-revert)',
          `xe snapshot-revert snapshot-uuid=${uuid}`,
        ],
        {
          caution:
            "A revert throws away the disks of the VM as they are, and brings back those of the snapshot, its NVRAM and its vTPM: have the recovery key of BitLocker at hand.",
          expect:
            "The VM is halted (a checkpoint: suspended). Save its NVRAM again, analyze it, and mend it before the start.",
          undo: 'xe snapshot-revert snapshot-uuid="$before"',
        },
      ),
      step(
        "pool-master",
        "Once the mended VM runs: take a new snapshot, and delete the old one",
        ['xe vm-snapshot uuid="$vm" new-name-label=repaired', `xe snapshot-uninstall snapshot-uuid=${uuid}`],
        { caution: "It deletes the disks of the snapshot, asks first, and cannot be taken back." },
      ),
    );
  },
  source: [
    "xapi ocaml/xapi/xapi_vm_snapshot.ml, revert_vm_fields",
    "xapi ocaml/xapi/xapi_vm_lifecycle.ml, check_snapshot",
  ],
};
