import { describe, expect, it } from "vitest";
import type { FindingReport } from "../../../report/finding.ts";
import { byRule, findingCounts } from "../../../report/render/finding-groups.ts";
import { plainLook } from "../../../report/render/look.ts";
import { findingLines } from "../../../report/render/vm-block.ts";

function finding(message: string, variable: string | null): FindingReport {
  return {
    ruleId: "some-rule",
    severity: "warning",
    breaks: null,
    variable: variable === null ? null : { name: variable, guid: "d719b2cb-3d3a-4596-a3bc-dad00e67656f" },
    path: "host.guestEvents",
    span: null,
    message,
    facts: {},
    repair: null,
  };
}

const events = ["a", "b", "a", "c", "d", "e", "f"].map((name) => finding(`Event ${name}.`, null));

describe("findings of one rule", () => {
  it("are one row where they are about variables", () => {
    const rows = byRule([finding("Of KEK.", "KEK"), finding("Of db.", "db")]);
    expect(rows.map((row) => row.length)).toEqual([2]);
  });

  it("have a row each where their texts alone tell them apart, up to four", () => {
    const rows = byRule(events);
    expect(rows.map((row) => row.map(({ message }) => message.at(-2)).join(""))).toEqual([
      "aa",
      "b",
      "c",
      "def",
    ]);
    expect(findingCounts(events)).toBe("4 warnings");
  });

  it("leave none out without a word", () => {
    const lines = findingLines(events, plainLook(false)).join("\n");
    for (const text of ["Event a.", "Event b.", "Event c."]) expect(lines).toContain(text);
    expect(lines).toContain("Event d. Likewise host.guestEvents and 1 more.");
  });
});
