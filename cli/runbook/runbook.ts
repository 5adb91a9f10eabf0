/** What is typed after a repair, in order, for one VM: data, which tables, Markdown and JSON show alike. */

import type { SecureBootVariable } from "../../daemon/variable-id.ts";
import type { FormatId, VmSource } from "../../parsers/model.ts";
import { importSteps, metadataImportSteps } from "./import-steps.ts";
import { protectorStep, resumeStep } from "./measured-boot.ts";
import { nvramSteps, templateSteps } from "./nvram-steps.ts";
import { recordSteps } from "./record-steps.ts";
import { snapshotSteps } from "./snapshot-steps.ts";

/** workstation: where varscope runs. host: dom0 of the pool's master. guest: inside the VM. */
export type Machine = "workstation" | "host" | "guest";

export interface RunbookStep {
  /** A sentence without its point. */
  readonly title: string;
  readonly machine: Machine;
  /** Lines of a shell (of the guest's own, where `machine` says so), every word of an input quoted. */
  readonly commands: readonly string[];
  readonly note: string | null;
}

/** The NVRAM that is to go back, and what is known of its VM. */
export interface RunbookSubject {
  readonly format: FormatId;
  readonly vm: Pick<VmSource, "uuid" | "nameLabel" | "kind" | "source" | "fields">;
  /** What the repair wrote, or will write. */
  readonly file: string;
  /** Of the input, for what takes its place. */
  readonly path: string;
  readonly form: "blob" | "text" | "document";
  /** Length of the repaired blob, and SHA-256 of its base64 text in hexadecimal. */
  readonly blobBytes: number;
  readonly textSha256: string;
  /** False where a name is no UTF-16, at which the host's restore command stops. */
  readonly scriptRestores: boolean;
  /** False where the VM cannot start as it is; null where nobody knows. */
  readonly loadedBefore: boolean | null;
  /** What the repair changes of what is measured into PCR 7. */
  readonly measuredChanges: readonly SecureBootVariable[];
  /** Of an export: its size as it was read, and whether it has no disks; null for everything else. */
  readonly archive: { readonly bytes: number; readonly isMetadataOnly: boolean } | null;
  /** The command that writes the repair; null where that is done. */
  readonly writeCommand: string | null;
  /** The command that writes this NVRAM as a text, and the file that it makes. */
  readonly emit: { readonly command: string; readonly file: string };
}

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
  return [...write, ...protectorStep(measured), ...routeSteps(subject), ...resumeStep(measured)];
}

function routeSteps(subject: RunbookSubject): RunbookStep[] {
  const { form, format, archive, vm } = subject;
  if (form === "document" && format === "xva")
    return archive?.isMetadataOnly ? metadataImportSteps(subject) : importSteps(subject);
  if (form === "document") return recordSteps(subject);
  if (isOfSnapshot(vm)) return snapshotSteps(subject);
  return vm.kind === "template" ? templateSteps(subject) : nvramSteps(subject);
}

/** An import has the disks of the export, and a revert those of the snapshot. */
function takesOlderDisks({ form, format, archive, vm }: RunbookSubject): boolean {
  const isImport = form === "document" && format === "xva" && archive?.isMetadataOnly !== true;
  return isImport || isOfSnapshot(vm);
}

/** A snapshot, or the copy that it carries of the VM as it was. */
function isOfSnapshot({ kind, source }: RunbookSubject["vm"]): boolean {
  return kind === "snapshot" || (source !== "NVRAM" && source !== "vm.NVRAM");
}
