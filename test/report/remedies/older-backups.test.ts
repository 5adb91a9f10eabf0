/** A lost NVRAM in a backup: what the older backups of the same run tell. */
import { describe, expect, it } from "vitest";
import type { Advice } from "../../../report/advice.ts";
import type { InputReport } from "../../../report/input.ts";
import { needsOfInput } from "../../../report/remedies/collector.ts";
import { NextStepsBuilder } from "../../../report/remedies/next-steps.ts";
import type { TimelineBackupReport, TimelineReport } from "../../../report/timeline/report.ts";
import type { VmReport } from "../../../report/vm.ts";
import { backupReportOf, findingReportOf, judgedInputOf, vmReportOf } from "../../builders/judged.ts";

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

function recordOf(uuid: string, fields: Partial<VmReport>): VmReport {
  const backup = backupReportOf({ vmUuid: uuid, mode: "delta" });
  return vmReportOf({ uuid, source: "vm.NVRAM", backup, ...fields });
}

const LOST = findingReportOf({ ruleId: "nvram-lost", severity: "error", breaks: "start" });
const MAYBE_LOST = findingReportOf({ ruleId: "nvram-lost", severity: "warning", breaks: null });
const OPEN = { nvram: null, verdict: "unknown", findings: [MAYBE_LOST] } as const;
const KNOWN = { nvram: null, verdict: "at-risk", findings: [LOST] } as const;
/** What the VM's own record in a backup is beside. */
const SNAPSHOT = { uuid: VM.replace("01", "0f"), kind: "snapshot", source: "vmSnapshot.NVRAM" } as const;

function backupWith(uuid: string, day: number, ...vms: readonly Partial<VmReport>[]): InputReport {
  return judgedInputOf({ path: pathOf(uuid, day), vms: vms.map((one) => recordOf(uuid, one)) }).report;
}

function lostIn(uuid: string, day: number): InputReport {
  return backupWith(uuid, day, OPEN);
}

function reportsOf(
  inputs: readonly InputReport[],
  timelines: readonly TimelineReport[],
  advice: readonly Advice[] = [],
) {
  const builder = new NextStepsBuilder("varscope");
  for (const [input, report] of inputs.entries()) {
    const needs = needsOfInput(report, advice, false, null);
    builder.add({ input, path: report.path, format: report.format, needs, products: null });
  }
  return builder.end(timelines);
}

function stepsOf(...all: Parameters<typeof reportsOf>) {
  return reportsOf(...all).map(({ title, for: places, steps }) => ({
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

  it("is history where a later backup has one again, healthy, whole or not; what is lost since then is not", () => {
    const later = [{}, { verdict: "unbootable" }, { restorable: { ok: false, problems: [] } }] as const;
    for (const fields of later) {
      const backups = [1, 2, 3, 4].map((day) =>
        backupOf(VM, day, day % 2 === 0 ? { ...FULL, ...fields } : {}),
      );
      expect(stepsOf([lostIn(VM, 1), lostIn(VM, 3)], [timelineOf(VM, backups, null)])).toEqual([]);
      expect(stepsOf([lostIn(VM, 1)], [timelineOf(VM, backups.slice(0, 2), 1)])).toEqual([]);
      const again = [...backups, backupOf(VM, 5, {})];
      const steps = stepsOf([lostIn(VM, 1), lostIn(VM, 3), lostIn(VM, 5)], [timelineOf(VM, again, 3)]);
      expect(steps.map(({ title, inputs: of }) => [title, of])).toEqual([
        [expect.stringContaining("its backup of 2025-10-04 02:00 still has one"), [2]],
      ]);
    }
  });

  it("is history where the VM's own record of a later full backup has one, whatever its snapshot has", () => {
    const otherCopies = [{ ...backupOf(VM, 4, FULL), source: "vm.NVRAM" }];
    const backups = [backupOf(VM, 3, {}), backupOf(VM, 4, { source: "vmSnapshot.NVRAM", otherCopies })];
    expect(stepsOf([lostIn(VM, 3)], [timelineOf(VM, backups, null)])).toEqual([]);
  });

  it("is that of a VM beside whose record a snapshot of it has one, in the same file", () => {
    const snapshot = { ...FULL, mode: "snapshot", path: "pool.db" };
    const backups = [backupOf(VM, 1, { ...snapshot, sha256: null }), backupOf(VM, 2, snapshot)];
    const vm = vmReportOf({ uuid: VM, ...KNOWN });
    const db = judgedInputOf({ path: "pool.db", vms: [vm] }).report;
    expect(stepsOf([db], [timelineOf(VM, backups, 1)])).toHaveLength(1);
  });

  it("is taken out as it is where only the rest of that backup is missing", () => {
    const missing = { ...FULL, restorable: { ok: false, problems: [] } };
    const backups = [backupOf(VM, 1, missing), backupOf(VM, 3, {})];
    const [report] = reportsOf([lostIn(VM, 3)], [timelineOf(VM, backups, null)]);
    expect(report?.title).toContain("its backup of 2025-10-01 02:00 still has one");
    expect(report?.steps[0]?.commands).toEqual([
      `varscope extract ${pathOf(VM, 1)} --out older --source vm.NVRAM`,
      `mkdir -p good && base64 -w 0 older/*.vars > good/${VM}.efivars.b64`,
    ]);
  });

  it("is looked for elsewhere where no backup is good, and nothing repairs the older one", () => {
    const refused = findingReportOf({ ruleId: "blob-too-short", severity: "error", breaks: "start" });
    const nvram = { ...vmReportOf().nvram!, loads: false };
    const first = backupWith(VM, 1, { nvram, verdict: "unreadable", findings: [refused] });
    const advice = { kind: "beyond-repair", reason: "It has 3 bytes." } as const;
    const backups = [backupOf(VM, 1, { ...FULL, verdict: "unreadable" }), backupOf(VM, 3, {})];
    const steps = stepsOf([first, lostIn(VM, 3)], [timelineOf(VM, backups, null)], [advice]);
    const looked = steps.filter(({ first: commands }) => commands?.[0]?.includes("extract"));
    expect(looked.map(({ inputs: of, first: commands }) => [of, commands])).toEqual([
      [[0], ["varscope extract BACKUPS --out good --last-good"]],
      [[1], ["varscope extract BACKUPS --out good --last-good"]],
    ]);
  });
});

describe("a lost NVRAM of a VM and of its snapshot", () => {
  const both = backupWith(VM, 3, KNOWN, { ...SNAPSHOT, ...OPEN });

  it("is one, with one list of steps, and lost for certain where one of them tells it", () => {
    const backups = [backupOf(VM, 1, FULL), backupOf(VM, 3, {})];
    for (const timelines of [[timelineOf(VM, backups, 0)], []]) {
      const reports = reportsOf([both, lostIn(VM, 2)], timelines);
      expect(reports.map(({ title, for: places }) => [title, places])).toEqual([
        [
          expect.stringMatching(/^Its NVRAM is lost.* do not start it before/),
          [
            { input: 0, vm: 0 },
            { input: 0, vm: 1 },
            { input: 1, vm: 0 },
          ],
        ],
      ]);
    }
  });

  it("is told by the copy in the snapshot's metadata, by title and by steps", () => {
    const facts = { inSnapshot: "vmSnapshot.snapshot_metadata.NVRAM", snapshotUuid: SNAPSHOT.uuid };
    const held = backupWith(VM, 3, { ...KNOWN, findings: [{ ...LOST, facts }] }, { ...SNAPSHOT, ...OPEN });
    const backups = [backupOf(VM, 1, FULL), backupOf(VM, 3, {})];
    const reports = reportsOf([held], [timelineOf(VM, backups, 0)]);
    expect(reports).toHaveLength(1);
    expect(reports[0]?.title).toContain("its snapshot in the same file still has one");
    expect(reports[0]?.steps[0]?.commands[0]).toContain(`--source ${facts.inSnapshot}`);
  });
});

describe("steps for a backup with a VM and its snapshot", () => {
  it("go to the VM alone", () => {
    const refused = findingReportOf({ ruleId: "blob-too-short", severity: "error", breaks: "start" });
    const nvram = { ...vmReportOf().nvram!, loads: false };
    const bad = { nvram, verdict: "unreadable", findings: [refused] } as const;
    const advice = { kind: "beyond-repair", reason: "It has 3 bytes." } as const;
    const reports = reportsOf([backupWith(VM, 1, bad, { ...SNAPSHOT, ...bad })], [], [advice, advice]);
    expect(reports).toHaveLength(2);
    const all = reports.flatMap(({ steps }) => steps.flatMap(({ commands }) => commands));
    expect(all).toContain(`xe vm-start uuid=${VM}`);
    expect(all.join("\n")).not.toContain(SNAPSHOT.uuid);
  });
});
