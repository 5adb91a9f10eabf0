import { refusalsOf } from "./boot/refusals.ts";
import { PATH, weighed } from "./boot/weigh.ts";
import type { BootRule } from "./engine/rule.ts";

export const bootLoaderUnsigned: BootRule = {
  meta: {
    id: "boot-loader-unsigned",
    title: "A boot loader of the VM's disk is not signed",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "With --boot: looks for a boot loader that an entry leads to and that carries no signature, while its hash is not in db.",
      why: "With Secure Boot on the firmware starts no such loader. Self-made GRUB images, systemd-boot without signing, iPXE and many rescue systems are unsigned: they work until somebody turns Secure Boot on for the VM.",
      repair:
        "None is applied. Install the signed loader of the distribution (shim and a signed GRUB), sign the loader with a key that db or MokList holds, or leave Secure Boot off for this VM.",
      notAFault: "With Secure Boot off nothing is checked. An unsigned loader whose hash is in db starts.",
      references: ["UEFI 2.10 §32.5.3.3", "edk2 SecurityPkg/Library/DxeImageVerificationLib"],
    },
  },
  message: ({ entry, path, outcome }) =>
    `${entry}: ${path} is not signed, and its hash is not in db; ${outcome}.`,
  on: "boot",
  *detect(boot) {
    const { outcome, ...weight } = weighed(boot);
    for (const { entry, path } of refusalsOf(boot, "unsigned"))
      yield { path: PATH, span: null, facts: { entry, path, outcome }, ...weight };
  },
};
