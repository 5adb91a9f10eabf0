/** A whole export: the boot loader on its disks. */
import { step } from "../remedies/remedy.ts";
import type { Ask } from "./ask.ts";

export const wholeExport: Ask = {
  id: "export",
  question: "Does the boot loader on its disk start?",
  tells: "The boot loader, and whether the VM's own keys accept it.",
  lacks: null,
  caution: "It holds all disks of the VM: large, and private. Look first whether there is room for it.",
  words: ["loader", "disk", "disks", "shim", "grub", "partition"],
  ways: [
    step(
      "pool-master",
      "Export the VM, halted (DIR is a folder with room for its disks)",
      ["xe vm-export uuid=UUID filename=DIR/UUID.xva"],
      { expect: "A file about as large as what its disks hold." },
    ),
    step(
      "xen-orchestra",
      "Or export the VM (VM, Advanced, Export), or take a full backup (.xva) of it from the remote",
      [],
      {},
    ),
  ],
  fetch: ["scp root@HOST:DIR/UUID.xva ."],
  command: "boot UUID.xva",
  source: ["xapi ocaml/xapi-cli-server/cli_operations.ml (vm_export)"],
};
