/** A runbook as data: its steps, and the NVRAM that they are about. */
import type { SecureBootVariable } from "../../daemon/variable-id.ts";
import type { FormatId, VmSource } from "../../parsers/model.ts";

/** workstation: where varscope runs. host: dom0 of the pool's master. guest: inside the VM. */
export type Machine = "workstation" | "host" | "guest";

export interface RunbookStep {
  /** A sentence without its point. */
  readonly title: string;
  readonly machine: Machine;
  /** Lines of a shell (of the guest's own, where `machine` says so), every word of an input quoted. */
  readonly commands: readonly string[];
  readonly note: string | null;
  /** What it may cost, shown wherever the step is; filled in once the steps are put together (`cautions.ts`). */
  readonly caution?: string | null;
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
