/** A repaired appliance (OVF, OVA) goes back through the program that exported it, as a new VM beside the old one. */
import type { FormatId } from "../../parsers/model.ts";
import { basename } from "../../parsers/paths.ts";
import { programCall } from "../program-call.ts";
import { shellPath } from "../render/shell.ts";
import { checkStep, secondLookStep } from "./nvram-steps.ts";
import type { RunbookStep, RunbookSubject } from "./step.ts";
import { lookUpSteps, savedName, VM_VARIABLE } from "./words.ts";

export function isAppliance(format: FormatId): boolean {
  return format === "ovf" || format === "ova";
}

export function applianceSteps(subject: RunbookSubject): RunbookStep[] {
  const { vm, textSha256, file, emit } = subject;
  const saved = savedName(vm, "after");
  const [find] = lookUpSteps(vm);
  return [
    lookStep(subject),
    {
      title: "Shut the old VM down, where it still runs",
      machine: "host",
      commands: [],
      note: "It must not run beside its copy. What it writes into its NVRAM and its disks since the export is not in the appliance.",
    },
    {
      title: `Import ${basename(file)} with XenCenter or XCP-ng Center, and do not start the VM yet`,
      machine: "workstation",
      commands: [],
      note: `xe imports neither OVF nor OVA. The import makes a new VM of each in the appliance, with a UUID of its own, and leaves the old one alone.${importNote(subject)}`,
    },
    ...(find === undefined
      ? []
      : [
          {
            ...find,
            title: "Find the imported VM",
            note: "Where the old VM is still there, it has the same name: of the two UUIDs take that of the import.",
          },
        ]),
    checkStep(VM_VARIABLE, saved, textSha256, "vm"),
    secondLookStep(saved),
    {
      title: "Start the imported VM",
      machine: "host",
      commands: [`xe vm-start uuid=${VM_VARIABLE}`],
      note: "A vTPM's contents are not in an appliance: what the guest sealed to it (BitLocker) asks for its recovery key.",
    },
    {
      title: "To roll back: remove the import and start the old VM",
      machine: "host",
      commands: [`xe vm-shutdown uuid=${VM_VARIABLE}`, `xe vm-uninstall uuid=${VM_VARIABLE}`],
      note: "vm-uninstall deletes the disks of the imported VM, and asks first. Never run both at the same time.",
    },
    {
      title: "Or, instead of the import, where the VM is still in the pool: write its NVRAM alone",
      machine: "workstation",
      commands: [emit.command],
      note: "It prints the steps of that route.",
    },
  ];
}

function lookStep({ file, format }: RunbookSubject): RunbookStep {
  const command = format === "ova" ? "verify" : "analyze";
  return {
    title:
      format === "ova"
        ? "Check the repaired appliance, every file of it"
        : "Look at the repaired description",
    machine: "workstation",
    commands: [`${programCall()} ${command} ${shellPath(file)}`],
    note: null,
  };
}

/** What belongs to the old description does not fit the new one. */
function importNote({ format, path }: RunbookSubject): string {
  if (format === "ova")
    return " Its manifest fits the repaired description; a signature (.cert) of the old one is left out.";
  const manifest = basename(path).replace(/\.ovf$/i, ".mf");
  return ` It takes the disks that lie beside the .ovf: leave both in one folder. A manifest (${manifest}) or signature there belongs to the old description, and is not asked for by the new one's name.`;
}
