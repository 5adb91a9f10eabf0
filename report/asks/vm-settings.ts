/** One VM with its settings and snapshots, without disks. */
import { step } from "../remedies/remedy.ts";
import type { Ask } from "./ask.ts";

export const vmSettings: Ask = {
  id: "vm-settings",
  question: "What is wrong with one VM, with its settings and snapshots?",
  tells: "The NVRAM, whether Secure Boot is on, and the copies in its snapshots.",
  lacks: "The disks.",
  caution: null,
  words: ["settings", "snapshot", "snapshots", "metadata", "platform", "template", "export"],
  ways: [
    step(
      "pool-master",
      "Export the metadata alone",
      ["xe vm-export uuid=UUID metadata=true filename=/root/UUID.xva"],
      {
        expect: "A file of some hundred kilobytes.",
      },
    ),
  ],
  fetch: ["scp root@HOST:/root/UUID.xva ."],
  command: "analyze UUID.xva",
  source: ["xapi ocaml/xapi-cli-server/cli_operations.ml (vm_export)"],
};
