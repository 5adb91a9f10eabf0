import type { JudgedAttempt } from "./boot/judged-boot.ts";
import { BOOT_REASONS } from "./boot/reasons.ts";
import { PATH } from "./boot/weigh.ts";
import type { BootRule } from "./engine/rule.ts";

const MISSING: ReadonlySet<string> = new Set(["file-missing", "no-volume", "no-application", "unreadable"]);
const MAX_TOLD = 16;

export const bootFileMissing: BootRule = {
  meta: {
    id: "boot-file-missing",
    title: "A boot entry leads to no boot loader on the VM's disks",
    severity: "error",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "With --boot: follows the boot entries to the disks of the export, and looks for one whose partition or file is not there, or where the file is no program. Where nothing starts at all, the firmware's own search is told as well.",
      why: "The firmware passes over such an entry. Where none is left, and no disk has \\EFI\\BOOT\\BOOTX64.EFI, the VM ends with no boot medium found. It comes from an NVRAM beside the disk of another VM or of another time, from a partition table that was made anew (its GUID is part of the entry), or from a system that was removed.",
      repair:
        "None is applied: which system is meant to start is the owner's decision. varscope boot lists what the disks have; the firmware's menu (Boot From File), bcdboot or efibootmgr make the entry anew.",
      notAFault:
        "An entry for a CD, the network or the firmware's own menu leads to no disk. Where another entry starts, entries that lead nowhere are only told. A disk that the export leaves out can hold what is missing.",
      references: ["UEFI 2.10 §3.1.2", "edk2 UefiBootManagerLib BmBoot.c, BmGetNextLoadOptionDevicePath"],
    },
  },
  message: ({ entry, path, reason, outcome }) =>
    `${entry}${path === null ? "" : ` (${path})`}: ${BOOT_REASONS[String(reason)] ?? reason}; ${outcome}.`,
  on: "boot",
  *detect({ starts, attempts, checked, secureBoot }) {
    // What is not there is missing whether or not anything is checked.
    const tried = secureBoot === null ? checked.attempts : attempts;
    const answer = secureBoot === null ? checked.starts : starts;
    const told = tried.filter((one) => isMissing(one) && (one.entry !== "fallback" || answer === false));
    const fails = answer === false && tried.every((one) => isMissing(one) || one.status === "unsupported");
    for (const { entry, path, why } of told.slice(0, MAX_TOLD))
      yield {
        path: PATH,
        span: null,
        facts: {
          entry,
          path,
          reason: why?.rule ?? "file-missing",
          outcome: fails
            ? "nothing else starts"
            : answer
              ? "another entry starts"
              : "the next entry is tried",
        },
        severity: fails ? "error" : "warning",
        breaks: fails ? "start" : null,
      };
  },
};

function isMissing({ status, why }: JudgedAttempt): boolean {
  return status === "not-found" && why !== null && MISSING.has(why.rule);
}
