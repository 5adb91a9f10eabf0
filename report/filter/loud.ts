/** What `--quiet` leaves of an analysis: what is at or above `--fail-on`, and whose it is. */

import type { FailOn } from "../exit-codes.ts";
import { isFailure } from "../exit-codes.ts";
import type { FindingReport } from "../finding.ts";
import type { JudgedInput } from "../render/report-writer.ts";
import type { TimelineReport } from "../timeline/report.ts";

export class Loud {
  readonly #failOn: FailOn;
  /** VMs of which something is told, by the UUID that their timeline has. */
  readonly #told = new Set<string>();

  constructor(failOn: FailOn) {
    this.#failOn = failOn;
  }

  /** Findings that fail a run, and the copies that have one. An input that could not be read stays. */
  only(judged: JudgedInput): JudgedInput {
    const { report, digests, origins } = judged;
    const isLoud = ({ severity, ignored }: FindingReport): boolean =>
      ignored === undefined && isFailure(severity, this.#failOn);
    const kept = report.vms.flatMap((vm, i) => {
      const findings = vm.findings.filter(isLoud);
      return findings.length === 0 ? [] : [{ vm: { ...vm, findings }, i }];
    });
    for (const { vm } of kept) this.#told.add(vm.backup?.vmUuid ?? vm.uuid ?? "");
    return {
      ...judged,
      report: {
        ...report,
        findings: report.findings.filter(isLoud),
        vms: kept.map(({ vm }) => vm),
      },
      advice: [],
      digests: kept.map(({ i }) => digests[i] ?? null),
      ...(origins === undefined ? {} : { origins: [] }),
    };
  }

  timelines(timelines: readonly TimelineReport[]): readonly TimelineReport[] {
    return timelines.filter(({ vmUuid, notRead }) => this.#told.has(vmUuid) || notRead !== undefined);
  }
}
