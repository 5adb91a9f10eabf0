import { BOOT_REASONS } from "./boot/reasons.ts";
import { refusalsOf } from "./boot/refusals.ts";
import { PATH, weighed } from "./boot/weigh.ts";
import type { BootRule } from "./engine/rule.ts";

export const bootImageRefused: BootRule = {
  meta: {
    id: "boot-image-refused",
    title: "The firmware or shim refuses a boot loader of the VM's disk",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "With --boot: checks the boot loader that each entry leads to as the firmware does with Secure Boot on, and the second stage as shim does, and looks for one that is refused: by dbx, or because nothing in db trusts it.",
      why: "With Secure Boot on the firmware passes over what it refuses, and goes on to the next entry. Where none is left the VM ends with no boot medium found, although its NVRAM loads and its disk is in order. It comes from keys that were replaced, from an older disk restored beside a newer dbx, or from a loader signed by a certificate that db lacks.",
      repair:
        "None is applied: either the disk gets a newer boot loader (Secure Boot off for that start), or db gets the certificate that signed it. varscope boot shows each attempt with the entry of dbx or db that decides.",
      notAFault:
        "A loader that is refused while Secure Boot is off starts. Where another entry starts, the refused one is only told.",
      references: [
        "UEFI 2.10 §32.5.3.3",
        "edk2 SecurityPkg/Library/DxeImageVerificationLib, DxeImageVerificationHandler",
        "rhboot/shim verify.c",
      ],
    },
  },
  message: ({ entry, path, reason, outcome }) =>
    `${entry}: ${path} is refused, because ${BOOT_REASONS[String(reason)] ?? reason}; ${outcome}.`,
  on: "boot",
  *detect(boot) {
    const { outcome, ...weight } = weighed(boot);
    for (const { entry, path, reason, variable, index, signers } of refusalsOf(boot, "other"))
      yield {
        path: PATH,
        span: null,
        facts: { entry, path, reason, variable, index, signers, outcome },
        ...weight,
      };
  },
};
