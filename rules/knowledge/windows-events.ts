/**
 * What Windows says of its Secure Boot certificates (source TPM-WMI of the System log), and what that means on these hosts: the one place
 * that knows it. The numbers are those that parsers/host/windows-events.ts reads.
 */

import { nvramCommand } from "../../parsers/formats/foreign.ts";
import type { Breaks, Severity } from "../engine/rule.ts";

/** What an event means on a host of XCP-ng or XenServer, and what to do. */
export interface EventMeaning {
  readonly severity: Severity;
  readonly breaks: Breaks;
  readonly means: string;
  readonly act: string;
  /** The rules about what is behind it, beside the one that reports it. */
  readonly ruleIds: readonly string[];
}

const COLLECT = `Collect the whole message and the VM's NVRAM, on the host: ${nvramCommand(null)}; then varscope forecast vm.efivars.b64 --update FILE tells what varstored answers`;
const FROM_OUTSIDE =
  "Bring KEK 2023 from outside the guest, with the VM halted: varscope repair FILE --add-certificates DIR, or varstore-sb-state UUID user where the pool's set has it (secureboot-certs report)";

/** By number, in the order in which they are told: what went wrong first (Microsoft KB5016061 and KB5083344). */
export const WINDOWS_EVENTS: ReadonlyMap<number, EventMeaning> = new Map<number, EventMeaning>([
  [
    1795,
    {
      severity: "warning",
      breaks: "update",
      means: "varstored refused what Windows wrote to a Secure Boot variable",
      act: COLLECT,
      ruleIds: ["kek-2023-missing", "next-update-overflows", "incident-2025-10"],
    },
  ],
  [
    1796,
    {
      severity: "warning",
      breaks: "update",
      means:
        "Windows met an unexpected error while it updated a Secure Boot variable, and tries again at every start",
      act: COLLECT,
      ruleIds: ["kek-2023-missing", "next-update-overflows"],
    },
  ],
  [
    1797,
    {
      severity: "warning",
      breaks: "update",
      means: "the revocation of PCA 2011 stopped, because db lacks Windows UEFI CA 2023",
      act: "Get Windows UEFI CA 2023 into db first (AvailableUpdates 0x40 in the guest, or from the host), then let the task run again",
      ruleIds: ["db-2023-missing"],
    },
  ],
  [
    1798,
    {
      severity: "warning",
      breaks: null,
      means:
        "the revocation of PCA 2011 stopped, because the boot manager on the disk is not signed under Windows UEFI CA 2023; that is the disk, not the NVRAM",
      act: "Set AvailableUpdates 0x100 in the guest, restart, and wait for 1799",
      ruleIds: [],
    },
  ],
  [
    1802,
    {
      severity: "warning",
      breaks: "update",
      means: "Windows holds the update back because of a known fault of the firmware",
      act: `Note the SkipReason of the message. ${FROM_OUTSIDE}`,
      ruleIds: ["kek-2023-missing", "db-2023-missing"],
    },
  ],
  [
    1803,
    {
      severity: "warning",
      breaks: "update",
      means:
        "there is no KEK that is signed for this PK: Microsoft publishes none for XCP-ng and XenServer, so the guest never gets KEK 2023 by itself",
      act: FROM_OUTSIDE,
      ruleIds: ["kek-2023-missing"],
    },
  ],
  [
    1801,
    {
      severity: "warning",
      breaks: null,
      means:
        "Microsoft's new certificates are there and not all applied; it stays so as long as KEK holds the one of 2011 alone",
      act: `Get the VM's NVRAM and ask varscope which are missing, on the host: ${nvramCommand(null)}`,
      ruleIds: ["kek-2023-missing", "db-2023-missing"],
    },
  ],
  [
    1033,
    {
      severity: "warning",
      breaks: null,
      means: "a boot manager on the EFI system partition is one that would be revoked",
      act: "Update or remove the file that the message names, then let the task run again",
      ruleIds: [],
    },
  ],
  [
    1032,
    {
      severity: "warning",
      breaks: null,
      means: "an update waits because BitLocker would ask for its recovery key",
      act: "In the guest: manage-bde -protectors -disable C: -RebootCount 2, and restart twice",
      ruleIds: [],
    },
  ],
  [
    1800,
    {
      severity: "info",
      breaks: null,
      means: "a restart is needed before the next step",
      act: "Restart the guest",
      ruleIds: [],
    },
  ],
  [
    1799,
    {
      severity: "info",
      breaks: null,
      means:
        "the boot manager of 2023 is installed: from now on the disk needs Windows UEFI CA 2023 in db, and an older NVRAM (restore, revert, template) does not start it with Secure Boot",
      act: `Keep a copy of the NVRAM as it is now, on the host: ${nvramCommand(null)}`,
      ruleIds: ["db-2023-missing"],
    },
  ],
  [
    1808,
    {
      severity: "info",
      breaks: null,
      means: "all new certificates and the boot manager are applied",
      act: `Keep a copy of the NVRAM as it is now, on the host: ${nvramCommand(null)}`,
      ruleIds: [],
    },
  ],
]);
/** What it says once all is done. */
export const ALL_APPLIED = 1808;
