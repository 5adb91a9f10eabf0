import { nvramCommand } from "../parsers/foreign.ts";
import type { Breaks, HostRule, Severity } from "./engine/rule.ts";

/** What an event means on a host of XCP-ng or XenServer, and what to do. */
interface Meaning {
  readonly severity: Severity;
  readonly breaks: Breaks;
  readonly means: string;
  readonly act: string;
}

const COLLECT = `Collect the whole message and the VM's NVRAM, on the host: ${nvramCommand(null)}; then varscope forecast vm.efivars.b64 --update FILE tells what varstored answers`;
const FROM_OUTSIDE =
  "Bring KEK 2023 from outside the guest, with the VM halted: varscope repair FILE --add-certificates DIR, or varstore-sb-state UUID user where the pool's set has it (secureboot-certs report)";

/** By number, in the order in which they are told: what went wrong first (Microsoft KB5016061 and KB5083344). */
const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [
    1795,
    {
      severity: "warning",
      breaks: "update",
      means: "varstored refused what Windows wrote to a Secure Boot variable",
      act: COLLECT,
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
    },
  ],
  [
    1797,
    {
      severity: "warning",
      breaks: "update",
      means: "the revocation of PCA 2011 stopped, because db lacks Windows UEFI CA 2023",
      act: "Get Windows UEFI CA 2023 into db first (AvailableUpdates 0x40 in the guest, or from the host), then let the task run again",
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
    },
  ],
  [
    1802,
    {
      severity: "warning",
      breaks: "update",
      means: "Windows holds the update back because of a known fault of the firmware",
      act: `Note the SkipReason of the message. ${FROM_OUTSIDE}`,
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
    },
  ],
  [
    1033,
    {
      severity: "warning",
      breaks: null,
      means: "a boot manager on the EFI system partition is one that would be revoked",
      act: "Update or remove the file that the message names, then let the task run again",
    },
  ],
  [
    1032,
    {
      severity: "warning",
      breaks: null,
      means: "an update waits because BitLocker would ask for its recovery key",
      act: "In the guest: manage-bde -protectors -disable C: -RebootCount 2, and restart twice",
    },
  ],
  [
    1800,
    {
      severity: "info",
      breaks: null,
      means: "a restart is needed before the next step",
      act: "Restart the guest",
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
    },
  ],
  [
    1808,
    {
      severity: "info",
      breaks: null,
      means: "all new certificates and the boot manager are applied",
      act: `Keep a copy of the NVRAM as it is now, on the host: ${nvramCommand(null)}`,
    },
  ],
]);
const ALL_DONE = 1808;

export const windowsSecureBootEvent: HostRule = {
  meta: {
    id: "windows-secure-boot-event",
    title: "Windows tells of its Secure Boot certificates",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for events of the source TPM-WMI in what the Event Viewer or Get-WinEvent gave: 1032, 1033, 1795 to 1803 and 1808.",
      why: "The guest sees only its own side. 1795 and 1796 mean that varstored refused a write: without the missing signer, over a limit of size, or with wrong attributes. 1803 comes for every VM whose KEK holds Microsoft's certificate of 2011 alone, because a write to KEK must be signed with the PK. Events hold no NVRAM: nothing can be judged by them alone.",
      repair: "By hand, by the number of the event; what to collect and to do stands with each finding.",
      notAFault:
        "1799, 1800 and 1808 say that things went as they should. An event stays in the log when its cause is gone.",
      references: [
        "Microsoft KB5016061, Secure Boot DB and DBX variable update events",
        "Microsoft KB5083344, events 1802 and 1803",
      ],
    },
  },
  message: ({ id, count, means, act, variable, error, allDone }) => {
    const times = count === 1 ? "" : `, ${count} times`;
    const what = variable === null ? "" : ` (${variable}: ${error})`;
    const later = allDone === true ? " Event 1808 (all applied) is there, too: compare the times." : "";
    return `Event ${id}${times}: ${means}${what}. ${act}.${later}`;
  },
  on: "host",
  *detect({ guestEvents }) {
    if (guestEvents === null) return;
    const allDone = guestEvents.some(({ id }) => id === ALL_DONE);
    for (const [id, { severity, breaks, means, act }] of MEANINGS) {
      const events = guestEvents.filter((event) => event.id === id);
      if (events.length === 0) continue;
      const told = events.find(({ variable }) => variable !== null);
      yield {
        path: "guestEvents",
        span: null,
        severity,
        breaks,
        facts: {
          id,
          count: events.length,
          means,
          act,
          variable: told?.variable ?? null,
          error: told?.error ?? null,
          allDone: allDone && id !== ALL_DONE && severity !== "info",
        },
        repair: { applicability: "manual", title: act, patches: [] },
      };
    }
  },
};
