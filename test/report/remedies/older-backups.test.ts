/** A lost NVRAM in a backup: what the older backups of the same run tell. */
import { describe, expect, it } from "vitest";
import type { InputReport } from "../../../report/input.ts";
import { needsOfInput } from "../../../report/remedies/collector.ts";
import { NextStepsBuilder } from "../../../report/remedies/next-steps.ts";
import type { TimelineBackupReport, TimelineReport } from "../../../report/timeline/report.ts";
import { findingReportOf, judgedInputOf, vmReportOf } from "../../builders/judged.ts";

const VM = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";
const OTHER = VM.replace("0a", "0b");
const pathOf = (uuid: string, day: number) => `remote/${uuid}/2025100${day}T020000Z.json`;

function backupOf(uuid: string, day: number, fields: Partial<TimelineBackupReport>): TimelineBackupReport {
  return {
    timestamp: `2025-10-0${day}T02:00:00.000Z`,
    mode: "delta",
    path: pathOf(uuid, day),
    file: null,
    source: "vm.NVRAM",
    verdict: "unknown",
    sha256: null,
    restorable: { ok: null, problems: [] },
    rules: [],
    otherCopies: [],
    ...fields,
  };
}

function timelineOf(
  vmUuid: string,
  backups: TimelineBackupReport[],
  lastGood: number | null,
): TimelineReport {
  return { vmUuid, nameLabel: "web", backups, lastGood, firstBad: null, changes: null };
}

function lostIn(uuid: string, day: number): InputReport {
  const finding = findingReportOf({ ruleId: "nvram-lost", severity: "warning", breaks: null });
  const backup = {
    vmUuid: uuid,
    timestamp: null,
    mode: "delta",
    jobId: null,
    scheduleId: null,
    xva: null,
    file: null,
    restorable: { ok: null, problems: [] },
  };
  const vm = vmReportOf({
    uuid,
    nvram: null,
    verdict: "unknown",
    source: "vm.NVRAM",
    backup,
    findings: [finding],
  });
  return judgedInputOf({ path: pathOf(uuid, day), vms: [vm] }).report;
}

function stepsOf(inputs: readonly InputReport[], timelines: readonly TimelineReport[]) {
  const builder = new NextStepsBuilder("varscope");
  for (const [input, report] of inputs.entries()) {
    const needs = needsOfInput(report, [], false, null);
    builder.add({ input, path: report.path, format: report.format, needs, products: null });
  }
  return builder.end(timelines).map(({ title, for: places, steps }) => ({
    title,
    inputs: places.map(({ input }) => input),
    first: steps[0]?.commands,
  }));
}

const FULL = { sha256: "00", verdict: "healthy" } as const;

describe("a lost NVRAM in a backup", () => {
  const inputs = [lostIn(VM, 3), lostIn(OTHER, 3)];

  it("is known by an older backup, to whose folder the step goes; of another VM nothing is", () => {
    const backups = [
      backupOf(VM, 1, FULL),
      backupOf(VM, 2, { ...FULL, verdict: "unbootable" }),
      backupOf(VM, 3, {}),
    ];
    const alone = timelineOf(OTHER, [backupOf(OTHER, 3, {})], null);
    expect(stepsOf(inputs, [timelineOf(VM, backups, 0), alone])).toEqual([
      {
        title:
          "Its NVRAM is lost: its backup of 2025-10-01 02:00 still has one: do not start it before that is put back",
        inputs: [0],
        first: [`varscope extract remote/${VM} --out good --last-good`],
      },
      {
        title: expect.stringMatching(/^If it was ever started/),
        inputs: [1],
        first: [`varscope extract remote/${OTHER} --out good --last-good`],
      },
    ]);
  });

  it("has one that is to be repaired where none is good", () => {
    const backups = [backupOf(VM, 1, { ...FULL, verdict: "unbootable" }), backupOf(VM, 3, {})];
    expect(stepsOf(inputs.slice(0, 1), [timelineOf(VM, backups, null)])).toEqual([
      {
        title:
          "Its NVRAM is lost: its backup of 2025-10-01 02:00 has one that is not good: look at it before you start the VM",
        inputs: [0],
        first: [`varscope repair ${pathOf(VM, 1)} --emit efivars --out good --vm ${VM}`],
      },
    ]);
  });

  it("is not told by a later one", () => {
    const backups = [backupOf(VM, 3, {}), backupOf(VM, 4, FULL)];
    expect(stepsOf(inputs.slice(0, 1), [timelineOf(VM, backups, 1)])[0]?.title).toMatch(/^If it was ever/);
  });
});
