import { BOOT_REASONS } from "./boot/reasons.ts";
import { refusalsOf } from "./boot/refusals.ts";
import { PATH, weighed } from "./boot/weigh.ts";
import type { BootRule } from "./engine/rule.ts";

export const bootSbatBelowLevel: BootRule = {
  meta: {
    id: "boot-sbat-below-level",
    title: "A boot loader is below the SBAT level, so that shim refuses it",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "With --boot: follows shim as it starts, and compares the generations in its own .sbat and in that of the second stage (GRUB, systemd-boot) with SbatLevel as it stands in the NVRAM by then.",
      why: "A second stage whose generation is lower, or that has no .sbat, is refused by shim; where it is shim itself that is too old, shim powers the VM off after a few seconds, at every start. The level was raised by a newer shim, by Windows, or by mokutil, and the disk is older: typically a restored one.",
      repair:
        "None is applied. Start once with Secure Boot off: shim then sets the level back by itself, and the guest's shim and GRUB can be updated before Secure Boot is turned on again.",
      notAFault: "Components that SbatLevel does not name may have any generation.",
      references: [
        "rhboot/shim SBAT.md",
        "rhboot/shim sbat.c, verify_sbat_section and set_sbat_uefi_variable",
      ],
    },
  },
  message: ({ entry, path, reason, outcome }) =>
    `${entry}: ${path}: ${BOOT_REASONS[String(reason)] ?? reason}; ${outcome}.`,
  on: "boot",
  *detect(boot) {
    const { outcome, ...weight } = weighed(boot);
    for (const { entry, path, reason } of refusalsOf(boot, "sbat"))
      yield { path: PATH, span: null, facts: { entry, path, reason, outcome }, ...weight };
  },
};
