/** Templates: VMs that are made of them inherit the fault. */
import { shellPath } from "../render/shell.ts";
import { anyProduct, type Remedy, step } from "./remedy.ts";

export const template: Remedy = {
  id: "template",
  ruleIds: [],
  title: () => "A template has it: every VM that is made of it inherits it. Mend templates first",
  variants: (subject) =>
    anyProduct(
      step(
        "here",
        "See what a repair, and Microsoft's certificates in the folder certs, come to for it; nothing is written",
        [
          `${subject.program} repair ${shellPath(subject.patients[0].path)} --add-certificates certs --dry-run`,
        ],
        {
          expect:
            "The plan, with the steps that bring the NVRAM back into the template (xe template-param-remove and -add). VMs that were made of it before are mended one by one.",
        },
      ),
    ),
  source: [
    "xapi ocaml/xapi-cli-server/records.ml (templates)",
    "xapi ocaml/xapi/xapi_vm_clone.ml, copy_vm_record",
  ],
};
