import { describe, expect, it } from "vitest";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import { openBlob } from "../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { changesBetween } from "../../report/timeline/changes.ts";
import { timelineReport } from "../../report/timeline/report.ts";
import {
  type BackupCopy,
  buildTimelines,
  newestRestores,
  type Timeline,
} from "../../report/timeline/timeline.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import {
  bootVariables,
  concat,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeVariable,
  sha256List,
  XCP_NG_OWNER,
} from "../builders/blob.ts";

const VM = "00000000-0000-4000-8000-000000000001";

function copy(day: number, verdict: Verdict, more: Partial<BackupCopy> = {}): BackupCopy {
  return {
    vmUuid: VM,
    nameLabel: "web",
    timestamp: `2025-10-${String(day).padStart(2, "0")}T02:00:00.250Z`,
    mode: "delta",
    path: `${day}.json`,
    index: 0,
    file: null,
    source: "vm.NVRAM",
    verdict,
    broken: [],
    sha256: null,
    restorable: { ok: null, problems: [] },
    ...more,
  };
}

function only(copies: readonly BackupCopy[]): Timeline {
  const [timeline, ...more] = buildTimelines(copies);
  if (timeline === undefined || more.length > 0) throw new Error("not one timeline");
  return timeline;
}

/** One backup a day; the places of the last good and the first bad one. */
function turn(...verdicts: readonly Verdict[]): (number | null)[] {
  const { lastGood, firstBad } = only(verdicts.map((verdict, i) => copy(i + 1, verdict)));
  return [lastGood, firstBad];
}

describe("the last good and the first bad backup", () => {
  it("stand beside each other where a VM went bad once", () => {
    expect(turn("healthy", "healthy", "unbootable", "unbootable")).toEqual([1, 2]);
    expect(turn("healthy", "unreadable")).toEqual([0, 1]);
  });

  it("count at risk as bad: so the incident begins", () => {
    expect(turn("healthy", "at-risk", "at-risk", "unbootable")).toEqual([0, 1]);
  });

  it("count at risk as good where nothing is healthy: such a VM starts at least", () => {
    expect(turn("at-risk", "at-risk", "unbootable")).toEqual([1, 2]);
    expect(turn("at-risk", "at-risk")).toEqual([1, null]);
  });

  it("are about the newest turn where a VM was repaired between", () => {
    expect(turn("healthy", "unbootable", "healthy", "at-risk", "unbootable")).toEqual([2, 3]);
    expect(turn("healthy", "unbootable", "healthy")).toEqual([2, null]);
  });

  it("are none where there is none", () => {
    expect(turn("healthy", "healthy")).toEqual([1, null]);
    expect(turn("unbootable", "unreadable")).toEqual([null, 0]);
  });

  it("are never one of which nothing is known", () => {
    expect(turn("healthy", "unknown", "no-nvram", "unbootable", "unknown")).toEqual([0, 3]);
    expect(turn("unknown", "unknown")).toEqual([null, null]);
  });
});

describe("the backups of a VM", () => {
  it("stand in the order of time, whatever the order in which they are read", () => {
    const { backups } = only([copy(3, "healthy"), copy(1, "healthy"), copy(2, "healthy")]);
    expect(backups.map(({ restored }) => restored.path)).toEqual(["1.json", "2.json", "3.json"]);
  });

  it("of each VM are by themselves, and those of a VM that never had an NVRAM are left out", () => {
    const other = { vmUuid: "00000000-0000-4000-8000-000000000000" };
    const bios = { vmUuid: "00000000-0000-4000-8000-000000000009" };
    const timelines = buildTimelines([
      copy(1, "healthy"),
      copy(1, "unbootable", other),
      copy(1, "no-nvram", bios),
    ]);
    expect(timelines.map(({ vmUuid }) => vmUuid)).toEqual([other.vmUuid, VM]);
  });

  it("are one where JSON and export tell the same second: a full backup is restored from its export", () => {
    const mode = { mode: "full" };
    const { backups } = only([
      copy(1, "healthy", mode),
      copy(1, "healthy", { ...mode, source: "vmSnapshot.NVRAM" }),
      copy(1, "unbootable", {
        mode: null,
        source: "NVRAM",
        path: "1.xva",
        timestamp: "2025-10-01T02:00:00.000Z",
      }),
    ]);
    expect(backups).toHaveLength(1);
    expect(backups[0]).toMatchObject({ mode: "full", timestamp: "2025-10-01T02:00:00.250Z" });
    expect(backups[0]?.restored.path).toBe("1.xva");
    expect(backups[0]?.others).toHaveLength(2);
  });

  it("are judged by what a restore takes: the live record of a delta backup, even where that alone has no NVRAM", () => {
    const snapshot = copy(1, "unbootable", { source: "vmSnapshot.NVRAM" });
    expect(only([snapshot, copy(1, "healthy")]).backups[0]?.restored.verdict).toBe("healthy");
    const lost = only([copy(1, "healthy", { source: "vmSnapshot.NVRAM" }), copy(1, "no-nvram")]);
    expect(lost.backups[0]?.restored.verdict).toBe("no-nvram");
    expect(lost.lastGood).toBeNull();
    const full = { mode: "full", source: "vmSnapshot.NVRAM" };
    const ofFull = only([copy(1, "no-nvram", { mode: "full" }), copy(1, "healthy", full)]);
    expect(ofFull.lastGood).toBe(0);
    expect(only([snapshot]).backups[0]?.restored.verdict).toBe("unbootable");
  });

  it("are never the last good one where they cannot be restored; nor are they the first bad one by that alone", () => {
    const lost = { restorable: { ok: false, problems: ["a.vhd is missing"] } };
    const known = { restorable: { ok: true, problems: [] } };
    const turnOf = (...copies: readonly BackupCopy[]) => {
      const { lastGood, firstBad } = only(copies);
      return [lastGood, firstBad];
    };
    expect(turnOf(copy(1, "healthy", known), copy(2, "healthy", lost))).toEqual([0, null]);
    expect(turnOf(copy(1, "healthy", known), copy(2, "healthy"))).toEqual([1, null]);
    expect(turnOf(copy(1, "healthy", lost), copy(2, "at-risk"))).toEqual([1, null]);
    expect(turnOf(copy(1, "healthy", lost), copy(2, "unbootable"))).toEqual([null, 1]);
    expect(turnOf(copy(1, "healthy"), copy(2, "unbootable", lost))).toEqual([0, 1]);
    expect(turnOf(copy(1, "healthy", lost))).toEqual([null, null]);
  });

  it("are bad where a restore brings the VM back without its NVRAM, even where nothing is healthy", () => {
    const gone = { broken: ["nvram-lost"] };
    const { lastGood, firstBad } = only([copy(1, "at-risk"), copy(2, "at-risk", gone)]);
    expect([lastGood, firstBad]).toEqual([0, 1]);
    const alone = only([copy(1, "at-risk", gone)]);
    expect([alone.lastGood, alone.firstBad]).toEqual([null, 0]);
  });

  it("are bad where an older one has the NVRAM that is not there any more, whatever the record tells", () => {
    const empty = { mayHaveLost: true, verdict: "unknown" } as const;
    const full = { sha256: "00" };
    const lost = only([copy(1, "healthy", full), copy(2, "unknown", empty), copy(3, "unknown", empty)]);
    expect([lost.lastGood, lost.firstBad]).toEqual([0, 1]);
    expect(lost.backups.map(({ restored }) => restored.broken)).toEqual([[], ["nvram-lost"], ["nvram-lost"]]);
    const begun = only([copy(1, "unknown", empty), copy(2, "healthy", full)]);
    expect([begun.lastGood, begun.firstBad]).toEqual([1, null]);
    // Redacted is not lost.
    expect(only([copy(1, "healthy", full), copy(2, "unknown")]).firstBad).toBeNull();
  });

  it("are lost where JSON or export says so, unless another place has them whole", () => {
    const bad = { ok: false, problems: ["cut"] };
    const whole = { ok: true, problems: [] };
    const unknown = { ok: null, problems: ["only the metadata"] };
    const json = (folder: string, restorable: BackupCopy["restorable"]) =>
      copy(1, "healthy", { mode: "full", path: `${folder}/1.json`, restorable });
    const xva = (folder: string, restorable: BackupCopy["restorable"]) =>
      copy(1, "healthy", { mode: null, source: "NVRAM", path: `${folder}/1.xva`, restorable });
    const restorable = (...copies: readonly BackupCopy[]) => only(copies).backups[0]?.restorable;
    expect(restorable(json("a", whole), xva("a", bad))).toEqual(bad);
    expect(restorable(json("a", bad), xva("a", unknown))).toEqual(bad);
    expect(restorable(json("a", whole), xva("a", unknown))).toEqual(whole);
    expect(restorable(json("a", bad), json("b", whole))).toEqual(whole);
    expect(only([json("a", bad), json("b", whole)]).backups[0]?.restored.path).toBe("b/1.json");
    expect(restorable(json("a", bad), json("b", unknown))).toEqual(unknown);
  });

  it("are not counted twice where a cache repeats them, and come from it where it alone has them", () => {
    const cached = { path: "cache.json.gz", file: "/xo-vm-backups/x/1.json" };
    const { backups } = only([
      copy(1, "healthy", cached),
      copy(1, "healthy"),
      copy(1, "healthy"),
      copy(2, "at-risk", { ...cached, index: 3 }),
    ]);
    expect(backups.map(({ restored, others }) => [restored.path, others.length])).toEqual([
      ["1.json", 0],
      ["cache.json.gz", 0],
    ]);
  });

  it("are told with the rules that break something, and without what only reading again needs", () => {
    const timeline = only([copy(1, "healthy"), copy(2, "at-risk", { broken: ["wrong-signature-owner"] })]);
    const report = timelineReport(timeline, null);
    expect(report).toMatchObject({ vmUuid: VM, nameLabel: "web", lastGood: 0, firstBad: 1, changes: null });
    expect(report.backups[1]).toEqual({
      timestamp: "2025-10-02T02:00:00.250Z",
      mode: "delta",
      path: "2.json",
      file: null,
      source: "vm.NVRAM",
      verdict: "at-risk",
      sha256: null,
      restorable: { ok: null, problems: [] },
      rules: ["wrong-signature-owner"],
      otherCopies: [],
    });
  });
});

describe("what changed between two backups", () => {
  const blob = (variables: Parameters<typeof makeBlob>[0]) => openBlob(makeBlob(variables));
  const dbx = sha256List(MICROSOFT_OWNER, 20);

  it("is told in numbers: sizes, and signatures that came, went or got another owner", () => {
    const grown = concat(dbx, sha256List(MICROSOFT_OWNER, 5, 100));
    const before = blob([...bootVariables(), ...keyVariables(MICROSOFT_OWNER, dbx)]);
    const after = blob([
      ...bootVariables().slice(1),
      ...keyVariables(XCP_NG_OWNER, grown),
      makeVariable("New", new Uint8Array(3)),
    ]);
    const changes = changesBetween(before, after, nodePlatform);
    const rows = changes.map(({ variable, kind, bytesBefore, bytesAfter, signatures }) => [
      variable.name,
      kind,
      bytesAfter === null || bytesBefore === null ? [bytesBefore, bytesAfter] : bytesAfter - bytesBefore,
      signatures,
    ]);
    expect(rows).toEqual([
      ["KEK", "changed", 0, { added: 0, removed: 0, moved: 1 }],
      ["db", "changed", 0, { added: 0, removed: 0, moved: 1 }],
      ["dbx", "changed", grown.length - dbx.length, { added: 5, removed: 0, moved: 0 }],
      ["New", "added", [null, 3], null],
      ["Timeout", "removed", [2, null], null],
    ]);
  });

  it("is nothing where only the order of variables differs", () => {
    const variables = keyVariables(MICROSOFT_OWNER, dbx);
    expect(changesBetween(blob(variables), blob(variables.toReversed()), nodePlatform)).toEqual([]);
  });

  it("is cut where a hostile blob holds more variables than a daemon takes", () => {
    const { MAX_VARIABLE_COUNT } = VARSTORED_LIMITS;
    const many = (count: number) =>
      blob(Array.from({ length: count }, (_, i) => makeVariable(`V${i}`, Uint8Array.of(1))));
    expect(changesBetween(blob([]), many(MAX_VARIABLE_COUNT), nodePlatform)).toHaveLength(MAX_VARIABLE_COUNT);
    expect(changesBetween(blob([]), many(MAX_VARIABLE_COUNT + 1), nodePlatform)).toHaveLength(
      MAX_VARIABLE_COUNT,
    );
  });
});

describe("newestRestores", () => {
  const verdicts = (...copies: readonly BackupCopy[]) =>
    [...newestRestores(copies)].map(({ verdict }) => verdict);
  const lost = { restorable: { ok: false, problems: ["the export is not there"] } };

  it("are those of the newest backup of each VM, in whatever order copies come", () => {
    expect(verdicts(copy(3, "at-risk"), copy(1, "unbootable"), copy(2, "healthy"))).toEqual(["at-risk"]);
    expect(verdicts(copy(1, "no-nvram"), copy(1, "healthy", { vmUuid: "another" }))).toEqual([
      "no-nvram",
      "healthy",
    ]);
  });

  it("pass over a backup that cannot be restored, where another can", () => {
    expect(verdicts(copy(1, "healthy"), copy(2, "unbootable", lost))).toEqual(["healthy"]);
    expect(verdicts(copy(1, "healthy", lost), copy(2, "unbootable", lost))).toEqual(["unbootable"]);
  });
});
