/** What is typed after a repair, in order, for one VM: data, which tables, Markdown and JSON show alike. */

import { applianceSteps, isAppliance } from "./appliance-steps.ts";
import { cautionOf } from "./cautions.ts";
import { importSteps, metadataImportSteps } from "./import-steps.ts";
import { protectorStep, resumeStep } from "./measured-boot.ts";
import { nvramSteps, templateSteps } from "./nvram-steps.ts";
import { recordSteps } from "./record-steps.ts";
import { snapshotSteps } from "./snapshot-steps.ts";
import type { RunbookStep, RunbookSubject } from "./step.ts";

/** Where what is typed is known from: these steps go on from the remedy `repair`, which names them. */
export const RUNBOOK_SOURCE: readonly string[] = [
  "xapi ocaml/xapi-cli-server/records.ml (NVRAM) and ocaml/xapi/import.ml",
  "xcp-ng/xcp-efivar-utils (restore-efivar-backup)",
  "Microsoft Learn, manage-bde",
];

/** Steps for one VM. They never end in a change that cannot be taken back: the last one says how. */
export function runbookFor(subject: RunbookSubject): RunbookStep[] {
  const write: RunbookStep[] =
    subject.writeCommand === null
      ? []
      : [
          {
            title: "Write the repair; the input stays as it is",
            machine: "workstation",
            commands: [subject.writeCommand],
            note: null,
          },
        ];
  const measured = { ...subject, takesOlderDisks: takesOlderDisks(subject) };
  return [...write, ...protectorStep(measured), ...routeSteps(subject), ...resumeStep(measured)].map(
    (step) => ({
      ...step,
      caution: step.caution ?? cautionOf(step),
    }),
  );
}

function routeSteps(subject: RunbookSubject): RunbookStep[] {
  const { form, format, archive, vm } = subject;
  if (form === "document" && isAppliance(format)) return applianceSteps(subject);
  if (form === "document" && format === "xva")
    return archive?.isMetadataOnly ? metadataImportSteps(subject) : importSteps(subject);
  if (form === "document") return recordSteps(subject);
  if (isOfSnapshot(vm)) return snapshotSteps(subject);
  return vm.kind === "template" ? templateSteps(subject) : nvramSteps(subject);
}

/** An import has the disks of the export, and a revert those of the snapshot. */
function takesOlderDisks({ form, format, archive, vm }: RunbookSubject): boolean {
  const isExport = format === "xva" ? archive?.isMetadataOnly !== true : isAppliance(format);
  return (form === "document" && isExport) || isOfSnapshot(vm);
}

/** A snapshot, or the copy that it carries of the VM as it was. */
function isOfSnapshot({ kind, source }: RunbookSubject["vm"]): boolean {
  return kind === "snapshot" || (source !== "NVRAM" && source !== "vm.NVRAM");
}
