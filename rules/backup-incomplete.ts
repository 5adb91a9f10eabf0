import type { BackupRule } from "./engine/rule.ts";

export const backupIncomplete: BackupRule = {
  meta: {
    id: "backup-incomplete",
    title: "A backup or export cannot be restored",
    severity: "error",
    breaks: "restore",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks beside the metadata of a backup of Xen Orchestra for what its restore takes: the .xva of a full backup, every .vhd of a delta backup with the parents that it names, the suspend disk of a suspended VM. A .vhd has the same footer in its first and last 512 bytes, and its header behind the first; a fixed one has its footer at its end alone. A plain export has more than 1024 bytes, a multiple of 512, and ends in 1024 bytes of zeros; of an export by itself the same is checked.",
      why: "The NVRAM in the metadata may be healthy: the VM does not come back all the same. Such a backup is never the last good one.",
      repair:
        "By hand: bring the missing files back from another copy of the remote, or take another backup. `varscope verify EXPORT` says where an export is damaged. The NVRAM itself can still be taken from the metadata.",
      notAFault:
        "Metadata that was sent alone, without a data file of any backup of the VM: then nothing is known, which `restorable` says with null. A compressed export is not unpacked: its end is not known. Nor is whether all blocks of a disk are there that Xen Orchestra keeps as a folder, or what is in a disk that lies in an archive or an encrypted remote.",
      references: [
        "@xen-orchestra/backups isValidXva, RemoteAdapter.mjs (readFullVmBackup, readIncrementalVmBackup)",
        "vhd-lib VhdFile.js (readHeaderAndFooter), VhdSynthetic.js (fromVhdChain)",
        "xapi ocaml/xapi-aux/tar_helpers.ml, write_end",
      ],
    },
  },
  message: ({ vm, backup, problems, more }) => {
    const what = backup === null ? "This export" : `VM ${vm ?? "of no name"}: its backup of ${backup}`;
    const others = more === 0 ? "" : ` ${more} more backups of this input cannot be restored either.`;
    const next = backup === null ? " Run varscope verify on it." : "";
    return `${what} cannot be restored: ${Array.isArray(problems) ? problems.join("; ") : problems}.${others}${next}`;
  },
  on: "backup",
  *detect({ vm, timestamp, place, restorable: { ok, problems }, more }) {
    if (ok !== false) return;
    const shown = problems.slice(0, MAX_PROBLEMS);
    const left = problems.length - shown.length;
    yield {
      path: place,
      span: null,
      facts: {
        vm,
        backup: timestamp,
        problems: left === 0 ? shown : [...shown, `and ${left} more`],
        more,
      },
      repair: {
        applicability: "manual",
        title: "Bring back what is missing, or take another backup",
        patches: [],
      },
    };
  },
};

/** A VM may have 255 disks. */
const MAX_PROBLEMS = 10;
