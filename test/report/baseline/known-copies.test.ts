import { describe, expect, it } from "vitest";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import {
  type BaselineLimits,
  type EarlierInput,
  type FilePlace,
  KnownCopies,
} from "../../../report/baseline/known-copies.ts";
import type { SinceReport } from "../../../report/baseline/since.ts";
import type { InputReport } from "../../../report/input.ts";
import type { VmReport } from "../../../report/vm.ts";
import { backupReportOf, findingReportOf, judgedInputOf, vmReportOf } from "../../builders/judged.ts";

const [A, B, C] = ["aaaaaaaa", "bbbbbbbb", "cccccccc"] as const;

interface Copy extends Partial<Omit<VmReport, "findings" | "backup">> {
  readonly file?: string;
  /** Ids of rules. */
  readonly rules?: readonly string[];
}

function vm({ file, rules = [], ...fields }: Copy): VmReport {
  return vmReportOf({
    ...fields,
    backup: file === undefined ? null : backupReportOf({ file }),
    findings: rules.map((ruleId) => findingReportOf({ ruleId, variable: null })),
  });
}

function earlier(path: string, ...copies: readonly Copy[]): EarlierInput {
  const vms = copies.map((copy) => ({ ...vm(copy), file: copy.file ?? null }));
  return { path, findings: [], vms };
}

/** Of a run over the folder `now`. */
function place(below: string): FilePlace {
  return { path: `now/${below}`, below, isNamed: false };
}

function input(path: string, ...copies: readonly Copy[]): InputReport {
  return judgedInputOf({ path, vms: copies.map(vm) }).report;
}

/** Every input of a run, in order; for each copy what it was, or its status where nobody knows. */
function told(
  before: readonly EarlierInput[],
  now: readonly (readonly [below: string, ...copies: readonly Copy[]])[],
  limits?: BaselineLimits,
): { was: (string | null)[]; since: SinceReport[]; gone: readonly string[]; count: number } {
  const known = new KnownCopies(limits);
  for (const one of before) known.add(one);
  for (const [below] of now) known.markPresent(place(below));
  const since = now.flatMap(([below, ...copies]) => known.compare(input(below, ...copies), place(below)).vms);
  const { copies, count } = known.gone();
  return {
    was: since.map(({ status, verdict }) => (status === "new" ? "new" : verdict)),
    since,
    gone: copies.map(({ path, nameLabel }) => `${path} ${nameLabel}`),
    count,
  };
}

describe("a copy of an earlier report", () => {
  it("is found by UUID and source in the same file, whatever stands in which order", () => {
    const before = [earlier("then/x.db", { uuid: A, verdict: "healthy" }, { uuid: B, verdict: "at-risk" })];
    const now = ["x.db", { uuid: B }, { uuid: C }, { uuid: A }] as const;
    expect(told(before, [now]).was).toEqual(["at-risk", "new", "healthy"]);
  });

  it("does not become another VM of a database, which came when it went", () => {
    const before = [earlier("then/x.db", { uuid: A, nameLabel: "old" }, { uuid: B })];
    const { was, gone } = told(before, [["x.db", { uuid: C }, { uuid: B }]]);
    expect(was).toEqual(["new", "at-risk"]);
    expect(gone).toEqual(["then/x.db old"]);
  });

  it("is found by its file and source where the file holds but one record, then and now", () => {
    const before = [earlier("then/x.xva", { uuid: A, verdict: "healthy" })];
    expect(told(before, [["x.xva", { uuid: B }]]).was).toEqual(["healthy"]);
    const bare = [earlier("then/x.vars", { uuid: null, verdict: "unbootable" })];
    expect(told(bare, [["x.vars", { uuid: null }]]).was).toEqual(["unbootable"]);
  });

  it("is found in a file of another name where its own is gone", () => {
    const before = [
      earlier("then/x.xva", { uuid: A, verdict: "unbootable" }),
      earlier("then/y", { uuid: B }),
    ];
    expect(told(before, [["sub/z.xva", { uuid: A }]]).was).toEqual(["unbootable"]);
  });

  it("is left to its own file where that is still there, even if the other one comes first", () => {
    const before = [
      earlier("then/day1.xva", { uuid: A, verdict: "unbootable" }),
      earlier("then/z", { uuid: B }),
    ];
    const now = [
      ["day0.xva", { uuid: A }],
      ["day1.xva", { uuid: A }],
    ] as const;
    expect(told(before, now).was).toEqual(["new", "unbootable"]);
  });

  it("is matched once", () => {
    const before = [earlier("then/x.xva", { uuid: A }), earlier("then/y", { uuid: B })];
    const now = [
      ["p.xva", { uuid: A }],
      ["q.xva", { uuid: A }],
    ] as const;
    expect(told(before, now)).toMatchObject({ was: ["at-risk", "new"], count: 1 });
  });

  it("is told apart from others of one VM by the backup that a cache held it in", () => {
    const copies = [
      { uuid: A, file: "/1.json", verdict: "healthy" },
      { uuid: A, file: "/2.json", verdict: "unbootable" },
    ] as const;
    const { was, count } = told(
      [earlier("then/cache.json.gz", ...copies)],
      [["cache.json.gz", { uuid: A, file: "/2.json" }, { uuid: A, file: "/3.json" }]],
    );
    expect(was).toEqual(["unbootable", "new"]);
    expect(count).toBe(1);
  });

  it("is found below a folder that stands elsewhere, also where all dumps stood deeper in it", () => {
    const before = [earlier("/a/b/then/2026/x", { uuid: A }), earlier("/a/b/then/2026/y", { uuid: null })];
    const now = [
      ["2026/x", { uuid: A }],
      ["2026/y", { uuid: null }],
    ] as const;
    expect(told(before, now)).toMatchObject({ was: ["at-risk", "at-risk"], count: 0 });
  });

  it("is found as the member of an archive, which has no name of its own in a folder", () => {
    const known = new KnownCopies();
    known.add(earlier("then/bug.tar!xapi-db.xml", { uuid: A }));
    known.add(earlier("then/y", { uuid: B }));
    known.markPresent(place("bug.tar"));
    const other = known.compare(input("now/aa", { uuid: A }), place("aa"));
    expect(other.vms[0]?.status).toBe("new");
    const own = known.compare(input("now/bug.tar!xapi-db.xml", { uuid: A }), place("bug.tar!xapi-db.xml"));
    expect(own.vms[0]?.status).toBe("unchanged");
  });

  it("is not gone where its file could not be read this time", () => {
    const known = new KnownCopies();
    known.add(earlier("then/x", { uuid: A }));
    const error = { code: "truncated", message: "", path: "", offset: null };
    known.compare({ ...input("now/x"), error }, place("x"));
    expect(known.gone().count).toBe(0);
  });

  it("says what is new, fixed and unchanged, counting what one rule found several times", () => {
    const before = [earlier("then/x", { uuid: A, rules: ["one", "two", "two", "gone"] })];
    const { since } = told(before, [["x", { uuid: A, rules: ["two", "new", "one", "one"] }]]);
    expect(since[0]).toMatchObject({ status: "changed", newFindings: [1, 3], unchanged: 2 });
    expect(since[0]?.fixedFindings.map(({ ruleId }) => ruleId)).toEqual(["two", "gone"]);
  });

  it("gives back a variable of which the name is no valid text", () => {
    const variable = { name: "a\ufffd", nameHex: "610000d8", guid: null };
    const known = new KnownCopies();
    const findings = [findingReportOf({ variable })];
    known.add({ path: "x", findings: [], vms: [{ ...vm({ uuid: A }), file: null, findings }] });
    const { vms } = known.compare(input("x", { uuid: A }), { path: "x", below: "x", isNamed: true });
    expect(vms[0]?.fixedFindings).toEqual([{ ruleId: "wrong-signature-owner", variable }]);
  });

  it("compares the findings of an input as a whole", () => {
    const known = new KnownCopies();
    known.add({ path: "x", findings: [findingReportOf({ ruleId: "pool" })], vms: [] });
    const named = { path: "x", below: "x", isNamed: true };
    expect(known.compare(input("x"), named).input.fixedFindings).toHaveLength(1);
    const report = { ...input("y"), findings: [findingReportOf()] };
    expect(known.compare(report, { ...named, path: "y", below: "y" }).input.newFindings).toEqual([0]);
  });

  it("is limited in number, as are its findings and what is named of those that are gone", () => {
    const limits = { maxBaselineCopies: 3, maxBaselineFindings: 2, maxBaselineGone: 2 };
    const copies = (count: number) => Array.from({ length: count }, (_, i) => ({ uuid: `${i}` }));
    const { gone, count } = told([earlier("x", ...copies(3))], [], limits);
    expect([gone.length, count]).toEqual([2, 3]);
    expect(() => told([earlier("x", ...copies(2)), earlier("y", ...copies(2))], [], limits)).toThrow(
      ParseError,
    );
    const rules = (count: number) => earlier("x", { uuid: A, rules: Array(count).fill("r") });
    expect(told([rules(2)], [], limits).count).toBe(1);
    expect(() => told([rules(3)], [], limits)).toThrow(ParseError);
    expect(PARSER_LIMITS.maxBaselineCopies).toBeGreaterThan(100_000);
  });

  it("is found among 20000 in the time that they take to be read", () => {
    const many = Array.from({ length: 20_000 }, (_, i) => ({ uuid: `${i}`, rules: ["r"] }));
    const { was, count } = told([earlier("then/x.db", ...many)], [["x.db", ...many.toReversed()]]);
    expect(new Set(was)).toEqual(new Set(["at-risk"]));
    expect(count).toBe(0);
  });
});
