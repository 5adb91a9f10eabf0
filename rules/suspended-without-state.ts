import { lacksSavedState } from "../parsers/suspend-image/copy.ts";
import type { NvramRule } from "./engine/rule.ts";

export const suspendedWithoutState: NvramRule = {
  meta: {
    id: "suspended-without-state",
    title: "A suspended VM is exported without its saved state",
    severity: "warning",
    breaks: "restore",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks in an export for the disk that suspend_VDI names, where power_state is Suspended.",
      why: "An import looks that disk up among those of the export. Where it is missing, XAPI gives up and removes what it has created so far. With force=true it goes on: the VM comes back halted, without what was in its memory.",
      repair:
        "None is applied: the state is in no part of the export. Import it with force=true, or resume the VM, shut it down in the guest and export it again.",
      references: ["xapi ocaml/xapi/import.ml, VM.handle (Failed to find VM's suspend_VDI)"],
    },
  },
  message: ({ disk }) =>
    `The VM is suspended, but the export lacks the disk with its state (suspend_VDI ${JSON.stringify(disk)}): no host imports it without force=true.`,
  on: "nvram",
  *detect(_nvram, { vm }) {
    if (!lacksSavedState(vm)) return;
    const title = "Import it with: xe vm-import filename=FILE force=true";
    const repair = { applicability: "manual" as const, title, patches: [] };
    yield { path: "", span: null, facts: { disk: vm.fields.get("suspend_VDI") ?? "" }, repair };
  },
};
