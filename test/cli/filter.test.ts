/** Which findings are told: --only, --ignore, --min-severity and the ignore file. What is hidden is counted, and changes nothing else. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { put, run, temporaryFolder, UUID_A, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const atRisk = put(folder, "vm.xva", xvaOf({ uuid: UUID_A, name: "files", blob: incidentBlob(20, 3) }));
const dead = put(folder, "dead.vars", makeBlob([makeVariable("GuestLog", new Uint8Array(60_000))]));
const DAY = ["--as-of", "2026-11-28"];

function reportOf(...args: string[]) {
  const { stdout, status, stderr } = run([...args, ...DAY, "--format", "json"]);
  return { status, stderr, report: JSON.parse(stdout) };
}

const findingsOf = (report: { inputs: { vms: { findings: { ruleId: string; ignored?: string }[] }[] }[] }) =>
  report.inputs.flatMap(({ vms }) => vms.flatMap(({ findings }) => findings));

let files = 0;
function ignoring(entries: unknown): string[] {
  const text = typeof entries === "string" ? entries : JSON.stringify(entries);
  return ["--ignore-file", put(folder, `ignore-${files++}.json`, text)];
}

const ALL = findingsOf(reportOf(atRisk).report).map(({ ruleId }) => ruleId);
const entryFor = (rule: string, more: object = {}) => ({
  rule,
  vm: UUID_A,
  reason: "accepted",
  until: "2027-01-31",
  ...more,
});

describe("options", () => {
  it("leave out findings of people's reports and of the exit code, and keep them in JSON with the reason", () => {
    const { status, report } = reportOf(atRisk, "--ignore", "wrong-signature-owner");
    expect(status).toBe(1);
    expect(findingsOf(report).map(({ ruleId }) => ruleId)).toEqual(ALL);
    const hidden = findingsOf(report).filter(({ ruleId }) => ruleId === "wrong-signature-owner");
    for (const { ignored } of hidden) expect(ignored).toBe("--ignore names this rule");
    expect(report.ignored).toEqual({ byOption: hidden.length, until: {}, expired: [] });
    const { stdout } = run([atRisk, "--ignore", "wrong-signature-owner", ...DAY]);
    expect(stdout).not.toMatch(/ERROR {2}wrong-signature-owner/);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(
      `${hidden.length} findings are not shown (--only, --ignore, --min-severity).`,
    );
  });

  it("add up when they are repeated, each with one value", () => {
    const { status, report } = reportOf(
      "--only",
      "duplicate-signature",
      "--only",
      "dbx-behind",
      atRisk,
      "--min-severity",
      "error",
    );
    expect(status).toBe(0);
    expect(findingsOf(report).every(({ ignored }) => ignored !== undefined)).toBe(true);
    expect(run([atRisk, "--only=wrong-signature-owner", "--only", "dbx-behind"]).status).toBe(1);
    expect(run([atRisk, "--min-severity", "error", "--min-severity", "info"]).status).toBe(2);
  });

  it.each(["table", "markdown", "html", "sarif", "junit", "ndjson"])(
    "count what they hide in %s",
    (format) => {
      const { status, stdout, stderr } = run([
        atRisk,
        ...["--only", "duplicate-variable", "--format", format],
        ...DAY,
      ]);
      expect(status).toBe(0);
      expect(stdout + stderr).toContain(`${ALL.length} findings are not shown`);
    },
  );

  it("never change verdict, totals, next steps or what repair does", () => {
    const plain = reportOf(atRisk).report;
    const filtered = reportOf(atRisk, "--only", "duplicate-variable").report;
    expect(filtered.summary).toEqual(plain.summary);
    expect(filtered.inputs[0].vms[0].verdict).toBe("at-risk");
    const steps = (text: string) => /Next steps\n.*?(?=\n\n\d+ findings|$)/s.exec(text)?.[0].trim();
    const shown = run([atRisk, ...DAY]).stdout;
    const hidden = run([atRisk, "--only", "duplicate-variable", ...DAY]).stdout;
    expect(steps(shown)).toBeDefined();
    expect(steps(hidden)).toBe(steps(shown));
    expect(hidden.split("\n")[0]).toBe(shown.split("\n")[0]);
  });

  it("never hide what keeps a VM from starting", () => {
    for (const args of [
      ["--only", "dbx-behind"],
      ["--ignore", "variable-data-over-limit"],
    ]) {
      const { status, report } = reportOf(dead, ...args);
      expect(status).toBe(1);
      const told = findingsOf(report).filter(({ ignored }) => ignored === undefined);
      expect(told.map(({ ruleId }) => ruleId)).toContain("variable-data-over-limit");
    }
  });

  it("name rules that there are", () => {
    const { status, stderr } = run([atRisk, "--ignore", "wrong-signature-owne"]);
    expect(status).toBe(2);
    expect(stderr).toContain('there is no rule "wrong-signature-owne"');
    expect(stderr).toContain("wrong-signature-owner");
  });
});

describe("the ignore file", () => {
  it("hides what it names until its day, with the reason, and says so on the last line", () => {
    const entries = ALL.map((rule) => entryFor(rule));
    const { status, report } = reportOf(atRisk, ...ignoring(entries));
    expect(status).toBe(0);
    for (const finding of findingsOf(report))
      expect(finding).toMatchObject({ ignored: "accepted", ignoredUntil: "2027-01-31" });
    expect(report.ignored).toEqual({ byOption: 0, until: { "2027-01-31": ALL.length }, expired: [] });
    const { stdout } = run([atRisk, ...ignoring(entries), ...DAY]);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(`${ALL.length} findings are ignored until 2027-01-31.`);
    expect(stdout).toContain("AT RISK");
  });

  it("counts on its last day, and is a warning from the next one on", () => {
    const file = ignoring(ALL.map((rule) => entryFor(rule, { until: "2026-11-28" })));
    expect(run([atRisk, ...file, "--as-of", "2026-11-28"]).status).toBe(0);
    const late = run([atRisk, ...file, "--as-of", "2026-11-29"]);
    expect(late.status).toBe(1);
    expect(late.stderr).toContain("was to be ignored until 2026-11-28, and counts no more (accepted)");
    const fine = put(folder, "fine.vars", healthyBlob());
    const { status, report } = reportOf(fine, ...ignoring([entryFor("dbx-behind", { until: "2026-01-01" })]));
    expect(status).toBe(1);
    expect(report.ignored.expired).toMatchObject([{ rule: "dbx-behind" }]);
    const sarif = run([
      fine,
      ...ignoring([entryFor("dbx-behind", { until: "2026-01-01" })]),
      "--format",
      "sarif",
    ]);
    expect(JSON.parse(sarif.stdout).runs[0].invocations[0].exitCode).toBe(sarif.status);
  });

  it("takes the VM's name, its UUID, the path, a folder above it, and the variable", () => {
    const scopes = [
      { vm: UUID_A.toUpperCase() },
      { vm: "files" },
      { path: atRisk },
      { path: `${folder}/` },
      { path: atRisk, variable: "dbx" },
    ];
    for (const scope of scopes) {
      const entry = { rule: "duplicate-signature", reason: "seen", until: "2027-01-01", ...scope };
      const { report } = reportOf(atRisk, ...ignoring([entry]));
      expect(report.ignored.until).toEqual({ "2027-01-01": 1 });
    }
    const others = [
      { vm: "file" },
      { path: folder.slice(0, -1) },
      { path: atRisk, variable: "db" },
      { vm: ".*" },
    ];
    for (const scope of others) {
      const entry = { rule: "duplicate-signature", reason: "seen", until: "2027-01-01", ...scope };
      expect(reportOf(atRisk, ...ignoring([entry])).report.ignored.until).toEqual({});
    }
  });

  it("lets a VM that does not start pass only where it names that very finding", () => {
    const entry = {
      rule: "variable-data-over-limit",
      path: dead,
      reason: "gone next week",
      until: "2027-01-01",
    };
    const { status, report } = reportOf(dead, ...ignoring([entry]));
    expect(report.inputs[0].vms[0].verdict).toBe("unbootable");
    const told = findingsOf(report).filter(({ ignored }) => ignored === undefined);
    expect(told.map(({ ruleId }) => ruleId)).not.toContain("variable-data-over-limit");
    expect(status).toBe(told.length === 0 ? 0 : 1);
    expect(reportOf(dead, ...ignoring([{ ...entry, rule: "dbx-behind" }])).status).toBe(1);
  });

  it("tells in one line the entries that matched nothing, and none that did or is past its day", () => {
    const [rule = ""] = ALL;
    const entries = [
      entryFor(rule),
      // What an earlier one hides as well has matched all the same.
      entryFor(rule, { reason: "again" }),
      entryFor("dbx-behind", { vm: "web-01" }),
      entryFor(rule, { vm: undefined, variable: "nothing" }),
      entryFor("dbx-behind", { vm: "web-02", until: "2026-01-01" }),
    ];
    const file = ignoring(entries);
    const line = `2 entries of the ignore file matched nothing: dbx-behind of web-01; ${rule} of nothing.`;
    const people = run([atRisk, ...file, ...DAY, "--format", "markdown"]);
    expect(people.stdout).toContain(line);
    expect(people.stderr).not.toContain("matched nothing");
    const { report, stderr, status } = reportOf(atRisk, ...file);
    expect(report.ignored.unused).toEqual(JSON.parse(JSON.stringify([entries[2], entries[3]])));
    expect(stderr).toContain(line);
    expect(status).toBe(1);
    // A part of a run does not know of the others.
    const part = run([atRisk, ...file, ...DAY, "--format", "ndjson", "--shard", "1/1"]);
    expect(part.stderr).not.toContain("matched nothing");
  });

  it("names the first of them", () => {
    const file = ignoring(Array.from({ length: 5 }, (_, i) => entryFor("dbx-behind", { vm: `web-${i}` })));
    const { stdout } = run([dead, ...file, ...DAY]);
    expect(stdout.replaceAll(/\s+/g, " ")).toContain(
      "5 entries of the ignore file matched nothing: dbx-behind of web-0; dbx-behind of web-1; dbx-behind of web-2 and 2 more.",
    );
  });

  it("is honoured by threads, in archives of one run and by lines alike", () => {
    const many = join(folder, "many");
    mkdirSync(many);
    for (let i = 0; i < 40; i++) put(many, `${i}.vars`, incidentBlob(20, 3));
    const reason = { reason: "seen", until: "2027-01-01" };
    const file = ignoring([
      { rule: "duplicate-signature", path: many, ...reason },
      { rule: "duplicate-signature", path: join(many, "39.vars"), ...reason },
      { rule: "duplicate-signature", path: join(many, "40.vars"), ...reason },
    ]);
    const one = run([many, ...file, ...DAY, "--jobs", "1", "--format", "ndjson"]);
    const two = run([many, ...file, ...DAY, "--jobs", "2", "--format", "ndjson"]);
    expect(two.stdout === one.stdout).toBe(true);
    expect(two.stderr).toBe(one.stderr);
    expect(two.stderr).toContain("40 findings are ignored until 2027-01-01.");
    expect(two.stderr).toContain("1 entry of the ignore file matched nothing: duplicate-signature of ");
    expect(two.stderr).toContain("40.vars");
  });

  it("is text that nobody trusts", () => {
    const nasty = "\u001b[31m<script>alert(1)</script> `rm` $(rm)\n# x";
    const file = ignoring([entryFor("dbx-behind", { reason: nasty, vm: nasty, until: "2026-01-01" })]);
    for (const format of ["table", "markdown", "html"]) {
      const { stdout, stderr } = run([atRisk, ...file, ...DAY, "--format", format]);
      expect(stdout + stderr).not.toContain("\u001b");
      if (format !== "table") expect(stdout).not.toContain("<script>alert");
      expect(stdout).not.toMatch(/^# x/m);
    }
  });

  it.each([
    ["{,}", "at byte 1"],
    [{}, "array"],
    [[{ rule: "dbx-behind", reason: "x", until: "2027-01-01" }], "one of vm, path, variable"],
    [[entryFor("dbx-behind", { reason: undefined })], "[0].reason"],
    [[entryFor("dbx-behind", { reason: "  " })], "[0].reason"],
    [[entryFor("dbx-behind", { until: undefined })], "[0].until"],
    [[entryFor("dbx-behind", { until: "2027-02-30" })], "[0].until"],
    [[entryFor("dbx-behind", { util: "2027-02-01" })], "[0].util"],
    [[entryFor("dbx-behin")], "[0].rule"],
    [[entryFor("dbx-behin")], 'found "dbx-behin"'],
    [[entryFor("dbx-behind", { vm: 7 })], "[0].vm"],
  ])("is refused where it cannot be understood, with the place: %j", (entries, place) => {
    const { status, stderr } = run([atRisk, ...ignoring(entries)]);
    expect(status).toBe(2);
    expect(stderr).toContain("--ignore-file");
    expect(stderr).toContain(place);
  });

  it("has a limit of entries, and is never looked up by itself", () => {
    const entries = Array.from({ length: PARSER_LIMITS.maxIgnoreEntries }, () => entryFor("dbx-behind"));
    expect(run([atRisk, ...ignoring(entries), ...DAY]).status).toBe(1);
    expect(run([atRisk, ...ignoring([...entries, entries[0]]), ...DAY]).status).toBe(2);
    expect(run([atRisk, "--ignore-file", join(folder, "none.json")]).status).toBe(3);
    expect(run([atRisk, "--ignore-file", ""]).status).toBe(2);
  });
});
