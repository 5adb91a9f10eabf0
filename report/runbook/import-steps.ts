/** A repaired export goes back as a new VM, beside the old one; or its NVRAM alone, where the old one is still there. */
import { basename } from "../../parsers/paths.ts";
import { isSuspended, lacksSavedState } from "../../parsers/suspend-image/copy.ts";
import { programCall } from "../program-call.ts";
import { bytesText } from "../render/byte-size.ts";
import { shellPath } from "../render/shell.ts";
import {
  checkStep,
  nvramSteps,
  secondLookStep,
  stopStep,
  templateSteps as templateNvramSteps,
} from "./nvram-steps.ts";
import { snapshotSteps } from "./snapshot-steps.ts";
import type { RunbookStep, RunbookSubject } from "./step.ts";
import { savedName, VM_VARIABLE } from "./words.ts";

/** The copy that a start of the VM reads. */
const OWN_NVRAM = "NVRAM";

export function importSteps(subject: RunbookSubject): RunbookStep[] {
  const { vm, archive, textSha256, file } = subject;
  const isVm = vm.kind === "vm" || vm.kind === "unknown";
  const force = lacksSavedState(vm) ? " force=true" : "";
  const size = archive === null ? "" : ` The export has ${bytesText(archive.bytes)}.`;
  return [
    ...nvramAloneSteps(subject),
    verifyStep(file),
    ...(isVm && archive !== null && !archive.isMetadataOnly ? [bootStep(file)] : []),
    ...(isVm ? oldVmSteps(vm) : []),
    {
      title: "Import it, in the folder that holds it",
      machine: "host",
      commands: [`vm=$(xe vm-import filename=${localName(file)}${force})`, 'echo "$vm"'],
      note: `${force === "" ? "" : FORCE_NOTE}Mount the share that holds the export: dom0's own disk is small.${size} The import makes a new ${isVm ? "VM" : "template"} with a UUID and MAC addresses of its own, and leaves the old one alone. sr-uuid=UUID chooses the storage; preserve=true keeps UUID and MAC addresses, where the old one is gone.`,
    },
    ...(vm.source === OWN_NVRAM
      ? [
          checkStep(VM_VARIABLE, savedName(vm, "after"), textSha256, isVm ? "vm" : "template"),
          secondLookStep(savedName(vm, "after")),
        ]
      : []),
    ...(isVm ? [...discardSteps(vm), ...startSteps(vm)] : importedTemplateSteps(vm)),
  ];
}

/** A repaired NVRAM loads; whether the boot loader on the disk goes with its keys is another question. */
function bootStep(file: string): RunbookStep {
  return {
    title: "See whether the boot loader on its disk starts with these keys",
    machine: "workstation",
    commands: [`${programCall()} boot ${shellPath(file)}`],
    note: "STARTS. Where it says DOES NOT START, the line of the attempt names what refuses it.",
  };
}

/** xapi ocaml/xapi/import.ml, VM.handle: the state is looked up before the VM becomes suspended. */
const FORCE_NOTE =
  "The VM was exported suspended, without its saved state: only force=true imports it, as a halted VM. ";

/** The old VM is not to run beside its copy; suspended it may stay. */
function oldVmSteps(vm: RunbookSubject["vm"]): RunbookStep[] {
  if (vm.uuid === null) return [];
  const uuid = shellPath(vm.uuid);
  if (!wasSuspended(vm)) return [stopStep(uuid)];
  return [
    {
      title: "Make sure that the old VM does not run",
      machine: "host",
      commands: [`xe vm-param-get uuid=${uuid} param-name=power-state`],
      note: "Suspended, as it was when it was exported, or halted: leave it. Where it runs by now, shut it down.",
    },
  ];
}

function wasSuspended(vm: RunbookSubject["vm"]): boolean {
  return isSuspended(vm) || lacksSavedState(vm);
}

const DISCARD_COMMAND = `xe vm-shutdown uuid=${VM_VARIABLE} force=true`;

/**
 * An export with a saved state comes back suspended (xapi ocaml/xapi/import.ml, VM.handle), and only a halted VM starts
 * (xapi_vm_lifecycle.ml, allowed_power_states).
 */
const DISCARD_NOTE =
  "The export holds a saved state, so the import is suspended. Do not resume it: it would run with the NVRAM of that state, which is not repaired, and the guest's next change would put that in the place of the repaired one. What was in its memory is lost.";

function discardSteps(vm: RunbookSubject["vm"]): RunbookStep[] {
  if (!isSuspended(vm)) return [];
  return [
    {
      title: "Discard the saved state of the imported VM, with what was in its memory",
      machine: "host",
      commands: [DISCARD_COMMAND],
      note: `${DISCARD_NOTE} If it must not be, do not import this: resume the old VM, shut it down in the guest, export it and repair that.`,
    },
  ];
}

function startSteps(vm: RunbookSubject["vm"]): RunbookStep[] {
  const start = wasSuspended(vm) ? "vm-resume" : "vm-start";
  const old = vm.uuid === null ? [] : [`xe ${start} uuid=${shellPath(vm.uuid)}`];
  return [
    {
      title: "Start the imported VM",
      machine: "host",
      commands: [`xe vm-start uuid=${VM_VARIABLE}`],
      note: null,
    },
    {
      title: "To roll back: remove the import and start the old VM",
      machine: "host",
      commands: [`xe vm-shutdown uuid=${VM_VARIABLE}`, `xe vm-uninstall uuid=${VM_VARIABLE}`, ...old],
      note: "vm-uninstall deletes the disks of the imported VM, and asks first. Never run both at the same time.",
    },
  ];
}

function importedTemplateSteps(vm: RunbookSubject["vm"]): RunbookStep[] {
  const { kind } = vm;
  const toVm: RunbookStep[] =
    kind === "snapshot"
      ? [
          {
            title: "It is an exported snapshot, which comes back as a template: make a VM of it",
            machine: "host",
            commands: [
              `xe template-param-set uuid=${VM_VARIABLE} is-a-template=false`,
              ...(isSuspended(vm) ? [DISCARD_COMMAND] : []),
              `xe vm-start uuid=${VM_VARIABLE}`,
            ],
            note: `Both of its copies of the NVRAM are repaired: its own, which a VM made from it gets, and the one in snapshot_metadata, which a revert would bring back.${isSuspended(vm) ? ` ${DISCARD_NOTE}` : ""}`,
          },
        ]
      : [];
  return [
    ...toVm,
    {
      title: "To roll back: remove the import; the old one was never touched",
      machine: "host",
      commands: [
        ...(kind === "snapshot"
          ? [`xe vm-shutdown uuid=${VM_VARIABLE}`, `xe vm-uninstall uuid=${VM_VARIABLE}`]
          : [`xe template-uninstall template-uuid=${VM_VARIABLE}`]),
      ],
      note: "This deletes its disks, and asks first.",
    },
  ];
}

/** Disks are where they were, so that a metadata export holds nothing but the record. */
export function metadataImportSteps(subject: RunbookSubject): RunbookStep[] {
  if (subject.vm.kind === "snapshot") return snapshotSteps(subject);
  const command = `xe vm-import filename=${localName(subject.file)} metadata=true preserve=true`;
  return [
    ...(subject.vm.kind === "template" ? templateNvramSteps(subject) : nvramSteps(subject)),
    {
      title:
        "Only where the VM is gone and its disks are still there: import the record, in the folder that holds it",
      machine: "host",
      commands: [`${command} dry-run=true`, command],
      note: "A metadata export has no disks: xapi looks for them by storage and location. The import is of every VM in the file. A VM that is still there is not replaced by an export of the same version.",
    },
  ];
}

/** Where the VM is still in the pool its disks are there, too: far less has to be moved. */
function nvramAloneSteps({ vm, emit }: RunbookSubject): RunbookStep[] {
  if (vm.uuid === null || vm.kind === "snapshot" || vm.source !== OWN_NVRAM) return [];
  const what = vm.kind === "template" ? "template" : "VM";
  return [
    {
      title: `Where the ${what} is still in the pool: write its NVRAM alone, and leave out the import below`,
      machine: "workstation",
      commands: [emit.command],
      note: "It prints the steps of that route. What the guest wrote into its NVRAM since the export is lost in both.",
    },
  ];
}

function verifyStep(file: string): RunbookStep {
  return {
    title: "Check the repaired export, every block of it",
    machine: "workstation",
    commands: [`${programCall()} verify ${shellPath(file)}`],
    note: null,
  };
}

function localName(file: string): string {
  return shellPath(`./${basename(file)}`);
}
