/** One VM: its NVRAM as text. */
import { step } from "../remedies/remedy.ts";
import { fetchLook, lookCommand } from "../runbook/host-commands.ts";
import type { Ask } from "./ask.ts";

export const vm: Ask = {
  id: "vm",
  question: "What is wrong with one VM?",
  tells: "All of its NVRAM: the best first request, and the smallest file.",
  lacks: "The settings of the VM (Secure Boot on or off): vm-settings has them.",
  caution: null,
  words: ["nvram", "one", "boot", "bootable", "secure", "known", "read", "unknown"],
  ways: [
    step(
      "pool-master",
      "Save the NVRAM (xe vm-list name-label=NAME params=uuid tells the UUID)",
      [lookCommand("UUID")],
      {
        expect: "A file of one line, not empty. Of a running VM it is what varstored saved last.",
      },
    ),
    step(
      "xen-orchestra",
      "Without a shell: export the VM (VM, Advanced, Export), or ask its REST API for /rest/v0/vms/UUID.xva",
      [],
      {
        caution: "The whole export with all disks; a running VM needs a snapshot for it.",
      },
    ),
  ],
  fetch: [fetchLook("UUID")],
  command: "analyze UUID.efivars.b64",
  source: ["xapi ocaml/xapi-cli-server/records.ml (NVRAM)"],
};
