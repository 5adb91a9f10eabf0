/** A suspended VM: its NVRAM is in the saved state. */
import { step } from "../remedies/remedy.ts";
import type { Ask } from "./ask.ts";

export const suspended: Ask = {
  id: "suspended",
  question: "What is in the saved state of a suspended VM?",
  tells: "The NVRAM that it resumes with, which is in no record.",
  lacks: null,
  caution: "The export holds the memory of the VM.",
  words: ["suspend", "resume", "saved"],
  ways: [
    step("pool-master", "Export it while it is suspended, so that the suspend disk comes along", [
      "xe vm-export uuid=UUID filename=/root/UUID.xva",
    ]),
  ],
  fetch: ["scp root@HOST:/root/UUID.xva ."],
  command: "analyze UUID.xva",
  source: ["xapi ocaml/xapi/export.ml"],
};
