/** What a command may cost, said beside it wherever a runbook is shown: by what is typed, so that no step goes without. */
import type { RunbookStep } from "./step.ts";

const CAUTIONS: readonly (readonly [command: RegExp, caution: string])[] = [
  [
    /\bxe vm-import\b/,
    "The import is a second VM, with disks of its own. Never run it beside the old one: both answer to the same name and address.",
  ],
  [
    /\bxe snapshot-revert\b/,
    "A revert throws away the disks of the VM as they are, and brings back those of the snapshot, its NVRAM and its vTPM: have the recovery key of BitLocker at hand.",
  ],
  [/\bxe snapshot-uninstall\b/, "It deletes the disks of the snapshot. That cannot be taken back."],
  [
    /\bxe (?:vm|template)-uninstall\b/,
    "It deletes the disks of what it names: make sure that this is the import, never the old VM.",
  ],
  [
    /\bxe vm-shutdown\b.* force=true/,
    "The saved state is discarded, with what was in the VM's memory. That cannot be taken back.",
  ],
  [
    /-param-remove\b.* param-key=EFI-variables$/,
    "Between the two commands the VM has no NVRAM. Do not start it there: it would get a new one, without its boot entries and keys.",
  ],
];

/** Null where nothing in it is dangerous. */
export function cautionOf({ commands }: Pick<RunbookStep, "commands">): string | null {
  const found = CAUTIONS.filter(([command]) => commands.some((line) => command.test(line)));
  return found.length === 0 ? null : found.map(([, caution]) => caution).join(" ");
}
