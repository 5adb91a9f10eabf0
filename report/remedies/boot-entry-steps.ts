/** How a system is found again whose boot entries are gone. */
import { type NextStep, step } from "./remedy.ts";

export function bootEntrySteps(when: string): NextStep[] {
  return [
    step(
      "xen-orchestra",
      `${when}: start the VM and open its console. The firmware tries \\EFI\\BOOT\\BOOTX64.EFI of the disk; else press Esc, choose Boot Maintenance Manager, Boot From File, and the boot loader`,
      [],
      {
        caution: "Have the recovery keys of encrypted disks at hand.",
        expect:
          "The system starts. Windows: \\EFI\\Microsoft\\Boot\\bootmgfw.efi; Debian: \\EFI\\debian\\shimx64.efi; others have a folder of their name.",
      },
    ),
    step("guest-windows", "Make its boot entry anew, as an administrator", ["bcdboot C:\\Windows"], {
      expect: "Boot files successfully created.",
    }),
    step(
      "guest-linux",
      "Make its boot entry anew, as root (disk, partition and path as the system has them)",
      ["efibootmgr -v", "efibootmgr -c -d /dev/xvda -p 1 -L debian -l '\\EFI\\debian\\shimx64.efi'"],
      {
        expect: "efibootmgr lists the new entry first in BootOrder.",
        undo: "efibootmgr -b 0001 -B, with the number of the entry",
      },
    ),
  ];
}
