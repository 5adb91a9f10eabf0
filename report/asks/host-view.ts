/** What the host's own tools say of one VM. */
import { step } from "../remedies/remedy.ts";
import type { Ask } from "./ask.ts";

export const hostView: Ask = {
  id: "host-view",
  question: "What do the host's own tools say of a VM?",
  tells:
    "Whether varstored loads the NVRAM (varstore-ls ends with 1 where it refuses), and what XAPI thinks of its certificates.",
  lacks: "Why: the NVRAM tells that.",
  caution: null,
  words: ["varstore-ls", "readiness", "xapi", "ready", "state", "tools"],
  ways: [
    step("pool-master", "Ask varstored's own tool and XAPI", [
      "varstore-ls UUID",
      "xe vm-get-secureboot-readiness uuid=UUID",
      "xe message-list name=VM_SECURE_BOOT_FAILED",
    ]),
  ],
  fetch: [],
  command: "ask vm",
  source: ["varstored tools/varstore-ls.c", "xapi ocaml/idl/datamodel_vm.ml (get_secureboot_readiness)"],
};
