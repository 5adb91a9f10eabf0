import { exposureOf } from "./engine/host-exposure.ts";
import type { HostRule } from "./engine/rule.ts";

export const faultyVarstoredWasInstalled: HostRule = {
  meta: {
    id: "faulty-varstored-was-installed",
    title: "A release of varstored was installed that plants certificates under the wrong owner",
    severity: "warning",
    breaks: null,
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks in yum's log for the installation of varstored 1.2.0-3.1, 1.2.0-2.4 or 1.2.0-3.2, and for what replaced it.",
      why: "VMs that started for the first time in between, or whose certificates were set anew, carry KEK, db and dbx under the owner GUID of XCP-ng. They keep them when the host is updated: the next update of dbx can make them unbootable.",
      repair:
        "By hand: analyze the NVRAM of every VM that was started in that time, also on other hosts of the pool, and repair those that are affected.",
      notAFault:
        "yum writes no year. It is counted from the date in the report's name, from the name of a rotated log, or from the one day on which 1.2.0-3.1 was public; else it stays unknown.",
      references: [
        "xcp-ng.org/blog/2025/10/30/xcp-ng-8-3-varstored-update-unbootable-vm-risk-and-remediation",
        "yum rpmtrans.py, logginglevels.py",
      ],
    },
  },
  message: ({ version, from, to, replacedBy, isYearKnown }) =>
    `varstored ${version} was installed from ${from} to ${to}${isYearKnown === true ? "" : " (of an unknown year)"}, when ${replacedBy} replaced it: VMs that started for the first time in between need to be looked at.`,
  on: "host",
  *detect(history) {
    for (const { version, release, from, to } of exposureOf(history).periods) {
      if (to === null) continue;
      yield {
        path: "transactions",
        span: null,
        facts: {
          version,
          release: release.release,
          from: from.time,
          to: to.time,
          isYearKnown: from.year !== null,
          yearFrom: from.yearFrom,
          replacedBy: to.action === "erased" ? "nothing" : to.package.version,
        },
        repair: { applicability: "manual", title: "Analyze the VMs that started in between", patches: [] },
      };
    }
  },
};
