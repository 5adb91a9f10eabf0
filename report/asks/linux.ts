/** What a Linux guest sees. */
import { step } from "../remedies/remedy.ts";
import type { Ask } from "./ask.ts";

export const linux: Ask = {
  id: "linux",
  question: "What does a Linux guest see?",
  tells: "All variables that the guest may read, MOK and SBAT among them.",
  lacks: "What the daemon hides from the guest; the NVRAM tells more.",
  caution: null,
  words: ["guest", "mok", "shim", "sbat", "efivarfs", "mokutil", "grub"],
  ways: [
    step("guest-linux", "As root: pack the folder of variables", [
      "tar -C /sys/firmware/efi/efivars -cf efivars.tar .",
    ]),
    step("guest-linux", "And what the boot loader and the machine owner's keys are", [
      "efibootmgr -v",
      "mokutil --list-enrolled",
      "mokutil --sb-state",
    ]),
  ],
  fetch: [],
  command: "analyze efivars.tar",
  source: ["Linux Documentation/filesystems/efivarfs.rst", "mokutil(1)"],
};
