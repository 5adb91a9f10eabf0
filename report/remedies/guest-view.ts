/** What a guest or a tool shows of its variables: nothing that a host takes. */
import { askForNvram } from "./host-steps.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";
import { targetsOf } from "./targets.ts";

export const guestView: Remedy = {
  id: "guest-view",
  ruleIds: [],
  group: ({ symptoms }) => (symptoms.length === 0 ? "clean" : ""),
  title: ({ patients: [{ symptoms }] }) =>
    symptoms.length === 0
      ? "Nothing is wrong in what the guest sees; whether the VM starts, only the NVRAM on the host tells"
      : "This is what the guest sees, not what the host keeps: get the NVRAM itself, and mend that",
  variants: (subject) =>
    anyProduct(
      askForNvram(targetsOf(subject)),
      step("here", "Copy it here (HOST is the master's address) and analyze it: that report has the steps", [
        "scp 'root@HOST:/root/*.efivars.b64' .",
        `${subject.program} ./*.efivars.b64`,
      ]),
    ),
  source: ["xapi ocaml/xapi-cli-server/records.ml (NVRAM)"],
};
