/** The input does not carry the NVRAM: how it is got. */
import { askForNvram, otherFiles } from "./host-steps.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const notKnown: Remedy = {
  id: "not-known",
  ruleIds: [],
  title: () => "The NVRAM is not in this input: get it from the host",
  variants: (subject) =>
    anyProduct(
      askForNvram(targetsOf(subject)),
      step("here", "Copy it here (HOST is the master's address) and look at it", [
        "scp 'root@HOST:/root/*.efivars.b64' .",
        `${subject.program} ./*.efivars.b64`,
      ]),
      otherFiles(subject),
    ),
  source: ["xapi ocaml/xapi-cli-server/records.ml (NVRAM)"],
};
