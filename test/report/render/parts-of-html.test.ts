/** Parts of the HTML report that only some runs have. */
import { describe, expect, it } from "vitest";
import type { Cause } from "../../../report/overview/causes.ts";
import { causesView } from "../../../report/render/html/causes-view.ts";
import { timelinesView } from "../../../report/render/html/timeline-view.ts";
import { markup } from "../../../report/render/markup.ts";
import type { TimelineBackupReport, TimelineReport } from "../../../report/timeline/report.ts";

const cause = (fields: Partial<Cause>): Cause => ({
  verdict: "at-risk",
  rules: ["incident-2025-10"],
  title: "Keys planted",
  variables: ["dbx"],
  vms: 3,
  names: ["a", "<b>", "c"],
  advice: null,
  isRepairable: true,
  place: { input: 0, vm: 0 },
  ...fields,
});

describe("causes", () => {
  it("name verdict, VMs and rules, and lead to the rules that the report explains", () => {
    const { text } = causesView(
      [cause({}), cause({ rules: ["secure-boot-db-missing"], vms: 40 })],
      [],
      (rule) => rule === "incident-2025-10",
    );
    expect(text).toContain("AT RISK");
    expect(text).toContain("3 VMs: Keys planted (dbx)");
    expect(text).toContain("a, &lt;b&gt;, c and 37 more");
    expect(text.match(/href="[^"]*"/g)).toEqual(['href="#rule-incident-2025-10"']);
  });

  it("tell 20 of them, and count the others", () => {
    const causes = Array.from({ length: 21 }, () => cause({}));
    const count = (of: number): number =>
      causesView(causes.slice(0, of), [], () => false).text.split("<article").length - 1;
    expect([count(20), count(21)]).toEqual([20, 20]);
    expect(causesView(causes, [], () => false).text).toContain("1 more cause of 3 VMs: the table has each.");
  });
});

const DAY = 86_400_000;

function timeline(nights: number, lastGood: number): TimelineReport {
  const backup = (night: number): TimelineBackupReport => ({
    path: `${night}.json`,
    file: null,
    source: "vm.NVRAM",
    verdict: night <= lastGood ? "healthy" : "at-risk",
    sha256: null,
    timestamp: new Date(Date.UTC(2025, 9, 1) + night * DAY).toISOString(),
    mode: "full",
    restorable: { ok: null, problems: [] },
    rules: [],
    otherCopies: [],
  });
  return {
    vmUuid: "0a4f2c4e-8d1f-4c57-9b3e-000000000010",
    nameLabel: "erp",
    backups: Array.from({ length: nights }, (_, night) => backup(night)),
    lastGood,
    firstBad: lastGood + 1 < nights ? lastGood + 1 : null,
    changes: null,
  };
}

/** Places of the dates and labels that are drawn, in percent of the width. */
function drawn(nights: number, lastGood: number) {
  const { text } = timelinesView(
    [timeline(nights, lastGood)],
    (verdict) => verdict,
    () => markup``,
  );
  const marks = [...text.matchAll(/<svg x="([0-9.]+)%".*?<\/svg>/gs)].map(([mark, x]) => ({
    x: Number(x),
    date: /class="(between)?">\d\d-\d\d</.exec(mark),
    label: /<text x="(-?\d+)" y="(-?\d+)" text-anchor="(\w+)" class="mark-text">([a-z ]+)</.exec(mark),
  }));
  const dates = marks.filter(({ date }) => date !== null);
  const gaps = (places: readonly { readonly x: number }[]): number =>
    Math.min(...places.slice(1).map(({ x }, i) => x - (places[i]?.x ?? 0)));
  return {
    marks: marks.length,
    wide: gaps(dates),
    narrow: gaps(dates.filter(({ date }) => date?.[1] === undefined)),
    labels: marks.flatMap(({ label }) => (label === null ? [] : [label.slice(1)])),
  };
}

describe("a lane of backups", () => {
  it.each([2, 8, 30, 60])("shows no two dates of %i nights in each other", (nights) => {
    const { marks, wide, narrow } = drawn(nights, 0);
    expect(marks).toBe(nights);
    expect(wide).toBeGreaterThanOrEqual(5);
    expect(narrow).toBeGreaterThanOrEqual(13);
  });

  it("keeps the labels of neighbours apart, and those at its ends inside", () => {
    expect(drawn(8, 3).labels).toEqual([
      ["0", "-18", "middle", "last good"],
      ["0", "46", "middle", "first bad"],
    ]);
    expect(drawn(8, 7).labels).toEqual([["12", "-18", "end", "last good"]]);
    expect(drawn(8, 0).labels[0]).toEqual(["-12", "-18", "start", "last good"]);
  });
});
