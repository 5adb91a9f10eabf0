import type { HostRule } from "./engine/rule.ts";
import { ALL_APPLIED, WINDOWS_EVENTS } from "./knowledge/windows-events.ts";

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
    const allDone = guestEvents.some(({ id }) => id === ALL_APPLIED);
    for (const [id, { severity, breaks, means, act }] of WINDOWS_EVENTS) {
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
          allDone: allDone && id !== ALL_APPLIED && severity !== "info",
        },
        repair: { applicability: "manual", title: act, patches: [] },
      };
    }
  },
};
