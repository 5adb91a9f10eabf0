/** Clones and copies fail because varstore-rm does. */
import { anyProduct, factOf, type Remedy, step } from "./remedy.ts";

const RULE = "clone-failed";

export const toolsMissing: Remedy = {
  id: "tools-missing",
  ruleIds: [RULE],
  group: (patient) => String(factOf(patient, RULE, "exitCode") === 127),
  title: ({ patients: [patient] }) =>
    factOf(patient, RULE, "exitCode") === 127
      ? "A host lacks varstored-tools: clones and copies fail"
      : "Clones and copies fail: varstore-rm does not read the NVRAM",
  variants: ({ patients: [patient] }) =>
    factOf(patient, RULE, "exitCode") === 127
      ? anyProduct(
          step(
            "host",
            "On every host of the pool: install the tools, and check them (XenServer: install the host's updates instead)",
            ["yum install varstored-tools", "rpm -V varstored-tools"],
            {
              expect: "No output of rpm: the package is whole.",
            },
          ),
        )
      : anyProduct(
          step(
            "pool-master",
            "Save the NVRAM of the VM that was cloned, and analyze it with varscope",
            [
              "xe vm-param-get uuid=UUID param-name=NVRAM param-key=EFI-variables --minimal > /root/UUID.efivars.b64",
            ],
            { expect: "A file that is not empty." },
          ),
        ),
  source: ["xen-orchestra issue 5393", "xapi ocaml/xapi/xapi_vm_clone.ml (varstore-rm -c)"],
};
