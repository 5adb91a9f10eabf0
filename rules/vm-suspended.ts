import { isSuspendedRecord } from "../parsers/suspend-image/copy.ts";
import type { RecordRule } from "./engine/rule.ts";

export const vmSuspended: RecordRule = {
  meta: {
    id: "vm-suspended",
    title: "The VM is suspended",
    severity: "info",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks in the record of a UEFI VM for power_state Suspended. Not in an export: that has the NVRAM of the saved state as a copy of its own, or lacks it (suspended-without-state).",
      why: "A resume does not read the NVRAM of the record: varstored takes up what stands in the saved state. What is found here, and what is written into the record, is not what the VM has after a resume.",
      repair:
        "None is applied. Before an NVRAM is written, resume the VM (xe vm-resume) and shut it down. An export that is made while it is suspended holds the saved state, too, and varscope judges the NVRAM in it.",
      references: ["varstored xapidb.c, xapidb_resume", "xapi ocaml/xapi/xapi_vm_lifecycle.ml"],
    },
  },
  message: () =>
    "The VM is suspended: a resume takes the NVRAM of its saved state, not that of its record. Resume it and shut it down before anything is written.",
  on: "record",
  *detect(vm) {
    if (!isSuspendedRecord(vm)) return;
    const title = "Resume the VM and shut it down before its NVRAM is written";
    yield { path: "", span: null, facts: {}, repair: { applicability: "manual", title, patches: [] } };
  },
};
