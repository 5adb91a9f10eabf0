import { exposureOf } from "./engine/host-exposure.ts";
import type { HostRule } from "./engine/rule.ts";
import { faultyRelease } from "./knowledge/varstored-releases.ts";

export const faultyVarstoredInstalled: HostRule = {
  meta: {
    id: "faulty-varstored-installed",
    title: "A release of varstored is installed that plants certificates under the wrong owner",
    severity: "error",
    breaks: "update",
    repairable: "never",
    since: "0.1.0",
    docs: {
      what: "Looks for varstored 1.2.0-3.1, its predecessor 1.2.0-2.4 and its revision 1.2.0-3.2 in a host's list of packages; without a list, at the last line about varstored in yum's log.",
      why: "These releases bring KEK, db and (but for 3.2) dbx under the owner GUID of XCP-ng, and write them into every VM that starts for the first time. The next update of dbx by the guest then grows it past what varstored loads, and the VM does not start any more.",
      repair:
        "By hand: update varstored on all hosts of the pool and restart the toolstack, then look at every VM that was started since it was installed.",
      notAFault: "1.2.0-2.3 and older plant no such certificates, and 1.2.0-3.3 and later neither.",
      references: [
        "xcp-ng.org/blog/2025/10/30/xcp-ng-8-3-varstored-update-unbootable-vm-risk-and-remediation",
        "xcp-ng-rpms/varstored SPECS/varstored.spec, changelog",
      ],
    },
  },
  message: ({ version, since }) =>
    `varstored ${version} is installed${since === null ? "" : ` since ${since}`}: every VM that starts for the first time gets certificates under the wrong owner.`,
  on: "host",
  *detect(history) {
    const { installed, installedFrom, periods } = exposureOf(history);
    const release = installed === null ? null : faultyRelease(installed);
    if (installed === null || release === null) return;
    const last = periods.at(-1);
    const isThisOne = last?.version === installed && last.to === null;
    yield {
      path: "packages",
      span: null,
      facts: {
        version: installed,
        release: release.release,
        spread: release.spread,
        knownFrom: installedFrom,
        since: isThisOne ? last.from.time : null,
        yearFrom: isThisOne ? last.from.yearFrom : null,
      },
      repair: { applicability: "manual", title: "Update varstored on all hosts", patches: [] },
    };
  },
};
