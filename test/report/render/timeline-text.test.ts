import { describe, expect, it } from "vitest";
import { makeStyle } from "../../../report/render/style.ts";
import { timelineHead } from "../../../report/render/timeline-head.ts";
import { timelineLines } from "../../../report/render/timeline-text.ts";
import type { TimelineReport } from "../../../report/timeline/report.ts";
import type { Verdict } from "../../../rules/engine/rule.ts";

const LOOK = { style: makeStyle(false), columns: 100, quiet: false };
const UUID = "00000000-0000-4000-8000-000000000001";

function timeline(verdicts: readonly Verdict[], more: Partial<TimelineReport> = {}): TimelineReport {
  return {
    vmUuid: UUID,
    nameLabel: "web",
    backups: verdicts.map((verdict, i) => ({
      timestamp: `2025-10-${String(i + 1).padStart(2, "0")}T02:00:05.000Z`,
      mode: "delta",
      path: `in a folder/${i}.json`,
      file: null,
      source: "vm.NVRAM",
      verdict,
      sha256: null,
      restorable: { ok: true, problems: [] },
      rules: verdict === "unbootable" ? ["variable-data-over-limit"] : [],
      otherCopies: [],
    })),
    lastGood: null,
    firstBad: null,
    changes: null,
    ...more,
  };
}

const text = (timelines: readonly TimelineReport[], quiet = false) =>
  timelineLines(timelines, { ...LOOK, quiet }).join("\n");

describe("timelines in a table", () => {
  it("have an arrow at the two that matter, and one line for all alike in a row", () => {
    const verdicts: Verdict[] = ["healthy", "healthy", "healthy", "unbootable", "unbootable", "unbootable"];
    expect(text([timeline(verdicts, { lastGood: 2, firstBad: 3, changes: [] })])).toBe(
      [
        `Backups of web  ${UUID}`,
        "    2025-10-01 02:00  healthy         2 up to 2025-10-02 02:00",
        "  → 2025-10-03 02:00  healthy         last good",
        "  → 2025-10-04 02:00  will not start  first bad: variable-data-over-limit",
        "    2025-10-05 02:00  will not start  2 up to 2025-10-06 02:00",
        "    Between the two no variable changed.",
        `    varscope extract 'in a folder' --out last-good --last-good --vm ${UUID}`,
      ].join("\n"),
    );
  });

  it("leave out the oldest of too many, and never the two that matter or the newest", () => {
    const one = timeline(
      Array.from({ length: 14 }, () => "healthy" as const),
      { lastGood: 1 },
    );
    const lost = { ok: false, problems: ["x".repeat(150)] };
    const backups = one.backups.map((backup, i) => (i === 1 ? backup : { ...backup, restorable: lost }));
    const lines = text([{ ...one, backups }]).split("\n");
    expect(lines[1]).toContain("→ 2025-10-02 02:00  healthy         last good");
    expect(lines.filter((line) => /^ {4}2025/.test(line)).map((line) => line.slice(4, 14))).toEqual([
      "2025-10-12",
      "2025-10-13",
      "2025-10-14",
    ]);
    expect(lines.join()).toMatch(/… \d+ more lines of earlier backups; --format json has all/);
  });

  it("name a newest backup that could not be read, also where all others are healthy", () => {
    const notRead = [{ timestamp: "2025-10-03T02:00:05.000Z", path: "x.json" }];
    const one = timeline(["healthy", "healthy"], { lastGood: 1, notRead });
    expect(text([one])).toContain("    2025-10-03 02:00  could not be read");
    expect(timelineHead([one])).toBe(
      "1 VM, 2 backups and 1 not read: the newest, of 2025-10-03 02:00, could not be read (last good: web 2025-10-02 02:00).",
    );
    const older = [{ timestamp: "2025-10-01T12:00:05.000Z", path: "x.json" }];
    expect(timelineHead([{ ...one, notRead: older }])).toBe(
      "1 VM, 2 backups and 1 not read: the newest is healthy.",
    );
  });

  it("say which one is known to be whole where nobody knows that of the last good one", () => {
    const one = timeline(["healthy", "healthy", "unbootable"], { lastGood: 1, firstBad: 2 });
    const backups = one.backups.map((backup, i) =>
      i === 1 ? { ...backup, restorable: { ok: null, problems: ["why"] } } : backup,
    );
    const told = text([{ ...one, backups }]);
    expect(told).toContain("last good, if it can be restored; else 2025-10-01 02:00");
    expect(timelineHead([{ ...one, backups }])).toContain(
      "(last good: web 2025-10-02 02:00, known to be whole: 2025-10-01 02:00)",
    );
  });

  it("say what changed, signature variables first, and the rest in one number", () => {
    const plain = Array.from({ length: 8 }, (_, i) => ({
      variable: { name: `V${i}\u001b`, guid: null },
      kind: "added" as const,
      bytesBefore: null,
      bytesAfter: i,
      signatures: null,
    }));
    const dbx = {
      variable: { name: "dbx", guid: null },
      kind: "changed" as const,
      bytesBefore: 39_724,
      bytesAfter: 60_440,
      signatures: { added: 431, removed: 0, moved: 2 },
    };
    const shown = text([
      timeline(["healthy", "unbootable"], { lastGood: 0, firstBad: 1, changes: [...plain, dbx] }),
    ]);
    expect(shown.replaceAll(/\s+/g, " ")).toContain(
      "Between the two: dbx 39724 → 60440 bytes, signatures: 431 added, 2 under another owner; V0\\x1b added (0 bytes);",
    );
    expect(shown).toContain("3 more.");
  });

  it("say that none is good, and then have no command", () => {
    const shown = text([timeline(["unbootable", "unbootable"], { firstBad: 0 })]);
    expect(shown).toContain("No backup is good.");
    expect(shown).not.toContain("varscope extract");
  });

  it("take the cache or the archive where the backup stands in one", () => {
    const one = timeline(["healthy", "unbootable"], { lastGood: 0, firstBad: 1 });
    const members = one.backups.map((backup) => ({ ...backup, path: "x/remote.tar!a/1.json" }));
    expect(text([{ ...one, backups: members }])).toContain("varscope extract x/remote.tar --out");
    const backups = one.backups.map((backup) => ({ ...backup, path: "x/cache.json.gz", file: "/1.json" }));
    expect(text([{ ...one, backups }])).toContain("varscope extract x/cache.json.gz --out");
  });

  it("are only counted for VMs that did not go bad, and are none for a single backup", () => {
    const good = timeline(["healthy", "healthy"], { lastGood: 1 });
    expect(text([good, good])).toBe(
      "Of 2 VMs with several backups the newest that can be judged is the last good one.",
    );
    expect(text([good], true)).toBe("");
    expect(text([timeline(["unbootable"], { firstBad: 0 })])).toBe("");
  });

  it("stop after ten VMs and twelve lines each", () => {
    const verdicts = Array.from({ length: 30 }, (_, i): Verdict => (i % 2 === 0 ? "at-risk" : "unbootable"));
    const shown = text(Array(11).fill(timeline(verdicts, { firstBad: 0 })));
    expect(shown.match(/Backups of web/g)).toHaveLength(10);
    expect(shown).toContain("… 1 more VMs went bad");
    expect(shown.match(/2025-10-\d\d 02:00/g)).toHaveLength(120);
    expect(shown).toContain("… 18 more lines");
  });

  it("say which backups do not count, and why, also where no VM went bad", () => {
    const lost = { ok: false, problems: ["vdis/a.vhd is missing", "vdis/b.vhd is empty"] };
    const one = timeline(["healthy", "healthy", "healthy", "healthy"], { lastGood: 2 });
    const backups = one.backups.map((backup, i) => (i === 3 ? { ...backup, restorable: lost } : backup));
    expect(text([{ ...one, backups }])).toBe(
      [
        `Backups of web  ${UUID}`,
        "    2025-10-01 02:00  healthy         2 up to 2025-10-02 02:00",
        "  → 2025-10-03 02:00  healthy         last good",
        "    2025-10-04 02:00  healthy         does not count",
        "        Cannot be restored: vdis/a.vhd is missing; and 1 more.",
        `    varscope extract 'in a folder' --out last-good --last-good --vm ${UUID}`,
      ].join("\n"),
    );
    const all = one.backups.map((backup) => ({ ...backup, restorable: lost }));
    expect(text([{ ...one, backups: all, lastGood: null }])).toContain(
      "No backup that can be restored is good.",
    );
  });

  it("say of what nobody knows whether it can be restored", () => {
    const unknown = { ok: null, problems: ["only the metadata was given"] };
    const one = timeline(["healthy", "unbootable"], { lastGood: 0, firstBad: 1 });
    const backups = one.backups.map((backup) => ({ ...backup, restorable: unknown }));
    expect(text([{ ...one, backups }])).toContain(
      "    Not known whether they can be restored: only the metadata was given.",
    );
  });
});
