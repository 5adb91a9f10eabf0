/** Since when a VM is bad, and which backup to go back to. */
import { step } from "../remedies/remedy.ts";
import type { Ask } from "./ask.ts";

export const backups: Ask = {
  id: "backups",
  question: "Since when is a VM bad, and which backup is good?",
  tells: "The NVRAM of each backup: a timeline with the last good one.",
  lacks: "Whether a backup can be restored, where its data files are not sent along.",
  caution: "The metadata also holds the contents of vTPMs.",
  words: ["backup", "restore", "good", "older", "lost", "since", "when", "remote", "timeline"],
  ways: [
    step(
      "xen-orchestra",
      "From the remote: the folder xo-vm-backups/UUID with its .json files; of full backups the .xva as well",
    ),
    step("here", "Where the remote is mounted (REMOTE): pack the metadata alone", [
      "tar cf backups.tar -C REMOTE --exclude='*.vhd' --exclude='*.xva' xo-vm-backups",
    ]),
  ],
  fetch: [],
  command: "analyze backups.tar",
  source: ["@xen-orchestra/backups RemoteAdapter.mjs"],
};
