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
  message: ({ version, from, to, replacedBy, isYearKnown }) => {
    const end =
      to === null
        ? `; ${replacedBy} replaced it, the log does not tell when`
        : ` to ${to}, when ${replacedBy} replaced it`;
    return `varstored ${version} was installed from ${from}${isYearKnown === true ? "" : " (of an unknown year)"}${end}: VMs that started for the first time in between need to be looked at.`;
  },
  on: "host",
  *detect(history) {
    const { installed, periods } = exposureOf(history);
    for (const { version, release, from, to } of periods) {
      // Without a line about its end the list of packages decides whether it has one.
      if (to === null && version === installed) continue;
      const { action, package: one } = to ?? { action: "updated", package: { version: installed } };
      const replacement = action === "erased" ? null : one.version;
      yield {
        path: "transactions",
        span: null,
        facts: {
          version,
          release: release.release,
          from: from.time,
          to: to?.time ?? null,
          isYearKnown: from.year !== null,
          yearFrom: from.yearFrom,
          replacedBy: replacement ?? "nothing",
        },
        repair: { applicability: "manual", title: "Analyze the VMs that started in between", patches: [] },
      };
    }
  },
};
