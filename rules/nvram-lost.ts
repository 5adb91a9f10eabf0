import { isSuspendedRecord } from "../parsers/suspend-image/copy.ts";
import type { RecordRule } from "./engine/rule.ts";
import { listed } from "./engine/sentences.ts";
import { startEvidence } from "./engine/started.ts";
import { ON_BOOT, RESET } from "./nvram-reset-on-boot.ts";

export const nvramLost: RecordRule = {
  meta: {
    id: "nvram-lost",
    title: "A UEFI VM has lost its NVRAM",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for a VM that boots by UEFI and whose NVRAM map holds no EFI variables, although its record tells that it was started before (power_state, domid, last_boot_CPU_flags, last_booted_record, guest_metrics, start_time), or a snapshot of it in the same input holds them.",
      why: "varstored saves the variables at the first start, so that they were there once: restores and imports by older tools drop them (Xen Orchestra before 2021 from delta backups). The next start is a first one again: the pool's certificates are planted, and boot entries, own keys, Machine Owner Keys and what the guest was updated with are gone. A guest whose boot loader does not also lie at \\EFI\\BOOT\\BOOTX64.EFI, such as Debian's as it is installed by default, ends in the UEFI shell; BitLocker and disks bound to PCR 7 ask for their recovery key.",
      repair:
        "None is applied: there is nothing to repair. Write back an older NVRAM of this VM: varscope extract BACKUPS --out good --last-good finds the last good one. Without one start the VM, choose its boot loader once in the UEFI shell or the firmware's menu, and make the boot entry anew.",
      notAFault:
        "A VM that was never started has no variables yet, and one with EFI-variables-on-boot=reset never keeps them. A VM that was only started by BIOS, and was switched to UEFI since, looks the same. Where the record does not tell whether the VM was started, this is a warning that breaks nothing, and the verdict is not known.",
      references: [
        "vatesfr/xen-orchestra issue 6054",
        "varstored handler.c, setup_variables and setup_keys",
        "xapi ocaml/xapi/cpuid_helpers.ml, reset_cpu_flags",
      ],
    },
  },
  message: ({ tells, inSnapshot, suspended }) => {
    const lacks = "The VM boots by UEFI, but its NVRAM holds no variables";
    const next =
      suspended === true
        ? "It is suspended: a resume takes those of its saved state. A start without that state is a first one again: the pool's certificates, no boot entries, no keys of its own."
        : "Its next start is a first one again: the pool's certificates, no boot entries, no keys of its own; it is not known whether the firmware finds the guest on its disk.";
    if (inSnapshot !== null)
      return `${lacks}, while ${inSnapshot} in the same input has them: they were lost. ${next}`;
    if ((tells as readonly string[]).length > 0)
      return `${lacks}, although it was started before (${listed(tells)}): they were lost. ${next}`;
    return `${lacks}, and its record does not tell whether it was ever started. If it was, they were lost. ${next}`;
  },
  on: "record",
  *detect(vm, heldBy) {
    const { nvram, firmware, fields } = vm;
    if (nvram !== null || firmware !== "uefi" || fields.get(`NVRAM:${ON_BOOT}`) === RESET) return;
    const { started, fields: tells } = startEvidence(vm);
    if (started === "no" && heldBy === null) return;
    const isKnown = started === "yes" || heldBy !== null;
    yield {
      path: "",
      span: null,
      facts: {
        tells: started === "yes" ? tells : [],
        inSnapshot: heldBy?.source ?? null,
        snapshotUuid: heldBy?.uuid ?? null,
        ...(isSuspendedRecord(vm) ? { suspended: true } : {}),
      },
      ...(isKnown ? {} : { severity: "warning", breaks: null }),
      repair: {
        applicability: "manual",
        title: "Write back an older NVRAM of this VM, from a backup or an export, before it is started",
        patches: [],
      },
    };
  },
};
