import { failedVms, nvramAdvice, startFacts } from "./engine/host-starts.ts";
import type { HostRule } from "./engine/rule.ts";

export const varstoredEndedUnexplained: HostRule = {
  meta: {
    id: "varstored-ended-unexplained",
    title: "VMs did not start because varstored ended, and no log says why",
    severity: "warning",
    breaks: "start",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks in a host's logs, and in what xe, Xen Orchestra or an SDK says, for FAILED_TO_START_EMULATOR about varstored where no line of varstored itself says why.",
      why: "Most likely varstored refused the NVRAM: it says so in daemon.log, which is rotated, or left out of a report, sooner than xensource.log.",
      repair:
        "By hand: get the NVRAM of each VM on the host and analyze it, and look at what varstored says (grep -E 'varstored-[0-9]+' /var/log/daemon.log*).",
      references: ["xen-api ocaml/idl/datamodel_errors.ml, FAILED_TO_START_EMULATOR"],
    },
  },
  message: ({ starts, vms, unknownVms }) =>
    `varstored ended without a reason in the logs at the start ${failedVms(starts, vms, unknownVms)}.`,
  on: "host",
  *detect({ failedStarts }) {
    const unexplained = (failedStarts ?? []).filter(({ cause }) => cause === "unexplained");
    if (unexplained.length === 0) return;
    yield {
      path: "failedStarts",
      span: null,
      facts: startFacts(unexplained),
      repair: { applicability: "manual", title: nvramAdvice(unexplained), patches: [] },
    };
  },
};
