import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { InputReport } from "../../report/input.ts";
import { isOfMachine, isStarted, MachineCounter } from "../../report/machines.ts";
import { tallyOf } from "../../report/tally.ts";
import type { VmReport } from "../../report/vm.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import { backupReportOf, findingReportOf, judgedInputOf, vmReportOf } from "../builders/judged.ts";

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d0";
const copy = (digit: number | null, verdict: Verdict, more: Partial<VmReport> = {}): VmReport =>
  vmReportOf({ uuid: digit === null ? null : `${UUID}${digit}`, verdict, ...more });
const backup = backupReportOf();

/** What inputs with these copies come to. */
function counts(inputs: readonly (readonly VmReport[])[], limit = 100, fields: Partial<InputReport> = {}) {
  const counter = new MachineCounter(limit);
  for (const vms of inputs)
    counter.merge(tallyOf(judgedInputOf({ format: "xapi-db", ...fields, vms }).report, true).machines);
  return counter.counts;
}

describe("VMs of a run", () => {
  it("are one by UUID over all inputs, and bad as the worst copy that a start takes", () => {
    expect(counts([[copy(1, "healthy")], [copy(1, "unbootable")], [copy(2, "at-risk")]])).toEqual({
      machines: 2,
      byMachine: { "at-risk": 1, unbootable: 1 },
    });
    const upper = copy(1, "healthy", { uuid: `${UUID}a`.toUpperCase() });
    expect(counts([[upper], [copy(1, "healthy", { uuid: `${UUID}a` })]]).machines).toBe(1);
  });

  it("are one each where nothing tells whose the copies are", () => {
    expect(counts([[copy(null, "healthy"), copy(null, "healthy")]])).toEqual({
      machines: 2,
      byMachine: { healthy: 2 },
    });
  });

  it("are not judged by snapshots, templates and their second copies", () => {
    const others = [
      copy(2, "unbootable", { kind: "snapshot" }),
      copy(3, "unbootable", { kind: "template" }),
      copy(1, "unbootable", { source: "snapshot_metadata.NVRAM" }),
    ];
    expect(counts([[copy(1, "healthy"), ...others]])).toEqual({ machines: 1, byMachine: { healthy: 1 } });
    expect(others.some(isOfMachine)).toBe(false);
  });

  it("leave copies of backups to the timelines", () => {
    expect(isStarted(copy(1, "healthy", { backup }))).toBe(false);
    expect(isOfMachine(copy(1, "healthy", { backup, source: "vm.NVRAM" }))).toBe(true);
    expect(counts([[copy(1, "healthy", { backup })]]).machines).toBe(0);
  });

  it("are made of a snapshot where an export holds nothing else", () => {
    const snapshot = copy(1, "at-risk", { kind: "snapshot" });
    expect(counts([[snapshot]], 100, { format: "xva" })).toEqual({
      machines: 1,
      byMachine: { "at-risk": 1 },
    });
    expect(counts([[snapshot, copy(2, "healthy")]], 100, { format: "xva" }).byMachine).toEqual({
      healthy: 1,
    });
    expect(counts([[snapshot]]).machines).toBe(0);
  });

  it("are known by any copy that tells something before one that tells nothing", () => {
    expect(counts([[copy(1, "unknown")], [copy(1, "healthy")]]).byMachine).toEqual({ healthy: 1 });
    expect(counts([[copy(1, "unknown")]]).byMachine).toEqual({ unknown: 1 });
    const lost = copy(1, "unknown", { findings: [findingReportOf({ ruleId: "nvram-lost" })] });
    expect(counts([[lost], [copy(1, "healthy")]]).byMachine).toEqual({ unknown: 1 });
  });

  it("are told apart up to a limit, and not counted above it", () => {
    const inputs = (count: number) => [Array.from({ length: count }, (_, digit) => copy(digit, "healthy"))];
    expect(counts(inputs(3), 3)).toEqual({ machines: 3, byMachine: { healthy: 3 } });
    expect(counts(inputs(4), 3)).toEqual({ machines: null, byMachine: null });
    expect(counts([...inputs(4), [copy(0, "healthy")]], 3).machines).toBeNull();
  });

  it("come to the same in whatever order and in however many parts", () => {
    const copies = fc.array(
      fc.tuple(
        fc.option(fc.integer({ min: 0, max: 9 })),
        fc.constantFrom<Verdict>("unbootable", "unreadable", "at-risk", "unknown", "no-nvram", "healthy"),
      ),
    );
    fc.assert(
      fc.property(copies, fc.infiniteStream(fc.boolean()), (all, sides) => {
        const vms = all.map(([digit, verdict]) => copy(digit, verdict));
        const first = vms.filter(() => sides.next().value);
        const parts = [first, vms.filter((vm) => !first.includes(vm)).toReversed()];
        expect(counts(parts)).toEqual(counts([vms]));
      }),
    );
  });
});
