import { appendFileSync, cpSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import type { InputReport } from "../../report/input.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob, makeBlob, makeVariable } from "../builders/blob.ts";
import { FAULTY, packageList, REPORT_NAME } from "../builders/bug-report.ts";
import { makeZip } from "../builders/zip.ts";
import { put, run, temporaryFolder, UUID_A, UUID_B, xvaOf } from "./run.ts";

const folder = temporaryFolder();
const DAY = ["--as-of", "2026-11-22"];
const bad = incidentBlob(20, 3);
const unbootable = makeBlob([makeVariable("GuestLog", new Uint8Array(60_000))]);

/** As it was when the baseline was made. */
const before = join(folder, "before");
mkdirSync(join(before, "sub"), { recursive: true });
put(before, "fixed.vars", bad);
put(before, "worse.vars", healthyBlob());
put(before, "same.vars", bad);
put(before, "healthy.vars", healthyBlob());
put(before, "sub/renamed.xva", xvaOf({ uuid: UUID_A, name: "moves", blob: bad }));
put(before, "gone.xva", xvaOf({ uuid: UUID_B, name: "goes", blob: bad }));

const json = join(folder, "then.json");
const ndjson = join(folder, "then.ndjson");
for (const [path, format] of [
  [json, "json"],
  [ndjson, "ndjson"],
] as const)
  run([before, "--format", format, "--output", path, ...DAY]);

/** As it is now: the folder stands elsewhere. */
const after = join(folder, "elsewhere", "dumps");
mkdirSync(join(folder, "elsewhere"));
cpSync(before, after, { recursive: true });
put(after, "fixed.vars", healthyBlob());
put(after, "worse.vars", unbootable);
put(after, "new.vars", bad);
renameSync(join(after, "sub/renamed.xva"), join(after, "sub/other-name.xva"));
rmSync(join(after, "gone.xva"));

function report(
  paths: readonly string[],
  baseline: string,
  ...args: string[]
): Report & { status: number | null } {
  const { status, stdout, stderr } = run([
    ...paths,
    "--baseline",
    baseline,
    "--format",
    "json",
    ...DAY,
    ...args,
  ]);
  expect(stderr).toBe("");
  return { ...JSON.parse(stdout), status };
}

function sinceOf({ inputs }: Pick<Report, "inputs">): Record<string, unknown> {
  return Object.fromEntries(
    inputs.flatMap(({ path, vms }) =>
      vms.map(({ since }) => [path.slice(after.length + 1), [since?.status, since?.verdict]]),
    ),
  );
}

describe("--baseline", () => {
  it.each([json, ndjson])("finds every copy again in a folder that stands elsewhere: %s", (baseline) => {
    const now = report([after], baseline);
    expect(sinceOf(now)).toEqual({
      "fixed.vars": ["changed", "at-risk"],
      "healthy.vars": ["unchanged", "healthy"],
      "new.vars": ["new", null],
      "same.vars": ["unchanged", "at-risk"],
      "sub/other-name.xva": ["unchanged", "at-risk"],
      "worse.vars": ["changed", "healthy"],
    });
    expect(now.baseline).toMatchObject({
      file: baseline,
      version: baseline === json ? now.tool.version : null,
      worse: 1,
      copies: { new: 1, changed: 2, unchanged: 3 },
      gone: { count: 1, copies: [{ uuid: UUID_B, nameLabel: "goes", path: join(before, "gone.xva") }] },
    });
    const fixed = now.inputs.find(({ path }) => path.endsWith("/fixed.vars"))?.vms[0]?.since;
    expect(fixed?.newFindings).toEqual([]);
    expect(fixed?.fixedFindings).toContainEqual({
      ruleId: "wrong-signature-owner",
      variable: expect.objectContaining({ name: "db" }),
    });
    expect(now.status).toBe(1);
  });

  it("adds up to the findings of the report", () => {
    const now = report([after], json);
    const findings = now.inputs.flatMap(({ vms }) => vms.flatMap((vm) => vm.findings));
    const { new: added = 0, unchanged = 0, fixed = 0 } = now.baseline ?? {};
    expect(added).toBeGreaterThan(0);
    expect(fixed).toBeGreaterThan(0);
    expect(added + unchanged).toBe(findings.length);
  });

  it("finds nothing new in what has not changed, and ends with 0 whatever is wrong", () => {
    expect(run([before, ...DAY]).status).toBe(1);
    for (const baseline of [json, ndjson]) {
      const { status, baseline: told } = report([before], baseline);
      expect(told).toMatchObject({ new: 0, fixed: 0, worse: 0, gone: { count: 0 } });
      expect(status).toBe(0);
    }
  });

  it("keeps apart what was found in inputs of one path: one named twice, hosts in an archive", () => {
    const packages = packageList(FAULTY);
    const archive = put(
      folder,
      "hosts.zip",
      makeZip([
        { name: "rpm-qa.out", bytes: packages },
        { name: `${REPORT_NAME}/rpm-qa.out`, bytes: packages },
      ]),
    );
    const list = put(folder, "packages.out", packages);
    const paths = [archive, list, list];
    const then = join(folder, "hosts.json");
    run([...paths, "--format", "json", "--output", then, ...DAY]);
    const { status, baseline, inputs } = report(paths, then);
    expect({ status, ...baseline }).toMatchObject({ status: 0, new: 0, fixed: 0, unchanged: 4 });
    expect(inputs.map(({ since }) => since?.status)).toEqual(Array(inputs.length).fill("unchanged"));
    put(folder, "packages.out", "PK\u0003\u0004");
    const damaged = run([...paths, "--baseline", then, "--format", "json", ...DAY]);
    expect(damaged.status).toBe(3);
    expect(JSON.parse(damaged.stdout).baseline).toMatchObject({ new: 0, fixed: 0, unchanged: 2 });
  });

  it("takes what it wrote as the next baseline", () => {
    const next = join(folder, "next.json");
    run([after, "--baseline", json, "--format", "json", "--output", next, ...DAY]);
    expect(report([after], next).baseline).toMatchObject({
      new: 0,
      fixed: 0,
      copies: { new: 0, changed: 0, unchanged: 6 },
      gone: { count: 0 },
    });
    const lines = run([after, "--baseline", next, "--format", "ndjson", ...DAY]);
    const rows: InputReport[] = lines.stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(rows.flatMap(({ vms }) => vms.map(({ since }) => since?.status))).toEqual(
      Array.from({ length: 6 }, () => "unchanged"),
    );
    expect(lines.status).toBe(0);
  });

  it("fails only for new findings at or above --fail-on, and for a verdict that got worse", () => {
    const status = (path: string, ...args: string[]) =>
      run([join(after, path), "--baseline", json, ...DAY, ...args]).status;
    expect(status("new.vars")).toBe(1);
    expect(status("same.vars")).toBe(0);
    expect(status("same.vars", "--fail-on", "info")).toBe(0);
    expect(status("fixed.vars")).toBe(0);
    expect(status("worse.vars")).toBe(1);
    expect(status("worse.vars", "--fail-on", "never")).toBe(0);
    expect(status("missing.vars")).toBe(3);
  });

  it("shows only what changed in a table, and the rest as numbers", () => {
    const { stdout } = run([after, "--baseline", json, ...DAY]);
    expect(stdout).toContain("Since the baseline: was at risk, is healthy; fixed: ");
    expect(stdout).toContain("Since the baseline: was healthy, is will not start; new: ");
    expect(stdout).toContain("Since the baseline: this copy is new.");
    expect(stdout.replaceAll(/\n +/g, " ")).toContain("Copies: 1 new, 2 changed, 3 as before.");
    expect(stdout).toContain("1 copy is gone:");
    expect(stdout).toContain("goes, NVRAM, in ");
    expect(stdout).not.toContain("same.vars");
    expect(stdout).not.toContain("other-name.xva");
  });

  it.each(["markdown", "html", "sarif"])("tells %s of nothing that is as it was", (format) => {
    const { stdout } = run([after, "--baseline", json, "--format", format, ...DAY]);
    expect(stdout).toContain("new.vars");
    expect(stdout).not.toContain("same.vars");
  });

  it("fails in JUnit only what is new", () => {
    const { stdout } = run([after, "--baseline", json, "--format", "junit", ...DAY]);
    const failing = [...stdout.matchAll(/<testsuite name="([^"]*)" tests="1" failures="1"/g)];
    expect(failing.map(([, name]) => name)).toEqual(
      ["new.vars", "worse.vars"].map((one) => join(after, one)),
    );
    expect(stdout.match(/<testcase /g)).toHaveLength(6);
  });

  it.each(["ndjson", "sarif", "junit"])(
    "says in one line what is gone where %s has no place for it",
    (format) => {
      const compare = (dumps: string, ...more: string[]) =>
        run([dumps, "--baseline", json, "--format", format, ...DAY, ...more]);
      expect(compare(after).stderr).toBe(
        `varscope: 1 copy of ${json} is gone. --format ${format} has no place for that; --format json names it.\n`,
      );
      expect(compare(after, "--shard", "1/2").stderr).toBe(
        `varscope: What is gone since ${json} cannot be told of one part of a run.\n`,
      );
      expect(compare(before).stderr).toBe("");
    },
  );

  it("has nothing but inputs in lines, with which merge and the next comparison go on", () => {
    const line = [after, "--baseline", json, "--format", "ndjson", ...DAY];
    const whole = run(line).stdout;
    const { $defs, properties } = JSON.parse(run(["schema"]).stdout);
    const validate = new Ajv({ strict: true }).compile({ $defs, ...properties.inputs.items });
    for (const row of whole.trimEnd().split("\n")) expect(validate(JSON.parse(row)), row).toBe(true);
    const parts = ["1/2", "2/2"].map((shard, i) =>
      put(folder, `part-${i}.ndjson`, run([...line, "--shard", shard]).stdout),
    );
    expect(run(["corpus", "merge", ...parts]).stdout).toBe(whole);
  });

  it("cannot know of one part of a run what is gone", () => {
    const parts = ["1/2", "2/2"].map((shard) => report([after], json, "--shard", shard));
    expect(parts.map(({ baseline }) => baseline?.gone)).toEqual([null, null]);
    const whole = sinceOf(report([after], json));
    expect({ ...sinceOf(parts[0]!), ...sinceOf(parts[1]!) }).toEqual(whole);
  });

  it("gives the same with one thread and with three", () => {
    const many = join(folder, "many");
    mkdirSync(many);
    for (let i = 0; i < 50; i++) put(many, `${i}.vars`, i % 3 === 0 ? bad : healthyBlob());
    const then = join(folder, "many.ndjson");
    run([many, "--format", "ndjson", "--output", then, ...DAY]);
    for (let i = 0; i < 50; i += 5) put(many, `${i}.vars`, unbootable);
    for (const format of ["json", "ndjson", "table"]) {
      const [one, three] = ["1", "3"].map((jobs) =>
        run([many, "--baseline", then, "--format", format, "--jobs", jobs, ...DAY]),
      );
      expect(three?.stdout === one?.stdout, format).toBe(true);
      expect([one?.status, three?.status]).toEqual([1, 1]);
    }
  });

  it("follows the schema", () => {
    const validate = new Ajv({ strict: true, allErrors: true }).compile(JSON.parse(run(["schema"]).stdout));
    const { status: _status, ...now } = report([after], json, "--group");
    validate(now);
    expect(validate.errors).toBeNull();
  });

  it("says the version of what another varscope wrote", () => {
    const text = readFileSync(json, "utf8").replace(/"version": "[^"]*"/, '"version": "0.0.1"');
    const { stdout } = run([after, "--baseline", put(folder, "old.json", text), ...DAY]);
    expect(stdout.replaceAll(/\n +/g, " ")).toMatch(
      /It was written by varscope 0\.0\.1, this is \d+\.\d+\.\d+: what only the newer rules find counts as new\./,
    );
  });

  it("never writes over its baseline", () => {
    const text = readFileSync(json, "utf8");
    const { status } = run([
      after,
      "--baseline",
      json,
      "--output",
      json,
      "--force",
      "--format",
      "json",
      ...DAY,
    ]);
    expect(status).toBe(2);
    expect(readFileSync(json, "utf8")).toBe(text);
  });

  it.each([
    [["--baseline", "-"], "--baseline reads a file, not standard input"],
    [["--baseline="], "The option --baseline needs the name of an earlier report."],
    [
      ["--baseline", "x", "--resume", "y", "--format", "ndjson", ...DAY],
      "--baseline and --resume exclude each other",
    ],
  ])("takes no %j", (args, message) => {
    const { status, stderr } = run([after, ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe("a baseline that is none", () => {
  const complaint = (name: string, content: Uint8Array | string): string => {
    const { status, stdout, stderr } = run([after, "--baseline", put(folder, name, content), ...DAY]);
    expect({ status, stdout }).toEqual({ status: 3, stdout: "" });
    expect(stderr.split("\n")).toHaveLength(2);
    return stderr;
  };

  it.each([
    ["nothing at all", ""],
    ["a text", "notes of yesterday"],
    ["a dump", healthyBlob()],
    ["another JSON", '{"repairs": []}'],
    ["a list", "[1, 2]"],
    ["inputs that are none", '{"schemaVersion": 1, "inputs": [1, 2]}'],
    ["inputs of another kind", '{"schemaVersion": 1, "inputs": [{"path": 7}]}'],
    ["copies without a verdict", '{"inputs": [{"path": "a", "findings": [], "vms": [{"source": "NVRAM"}]}]}'],
    ["a line of something else", '{"path": "a"}\n'],
    ["two documents", '{"inputs": []}{"inputs": []}'],
  ])("is told with a sentence: %s", (name, content) => {
    expect(complaint(`${name}.txt`, content)).toMatch(/^varscope: --baseline: .+\.\n$/);
  });

  it.each([
    ["another document of varscope", '{"schemaVersion":1,"tool":{},"repairs":[]}', "an array named inputs"],
    ["a report of a later varscope", '{"schemaVersion":2,"inputs":[]}', "schemaVersion 2"],
  ])("is refused where it is %s, as everything would be new", (_what, text, message) => {
    const { status, stderr } = run([after, "--baseline", put(folder, "other.json", text), ...DAY]);
    expect(status).toBe(3);
    expect(stderr).toContain(message);
  });

  it("is told where it is cut, wherever that is", () => {
    const whole = readFileSync(json);
    for (const length of [100, 200, Math.floor(whole.length / 2), whole.length - 3])
      expect(complaint("cut.json", whole.subarray(0, length))).toContain("found the end of the file");
    const lines = readFileSync(ndjson);
    expect(complaint("cut.ndjson", lines.subarray(0, lines.length - 2))).toContain("its last line is cut");
  });

  it("is told where it is nested as deep as nobody nests", () => {
    const deep = "[".repeat(100_000) + "]".repeat(100_000);
    expect(complaint("deep.json", `{"inputs": [{"path": ${deep}}]}`)).toContain("at most 64 levels");
    expect(complaint("deep.ndjson", `{"path": ${deep}}\n`)).toContain("is no result of analyze");
  });

  it("is told where a line has no end", () => {
    const path = put(folder, "endless.ndjson", '{"path": "');
    truncateSync(path, 400 << 20);
    const { status, stderr } = run([after, "--baseline", path, ...DAY]);
    expect(status).toBe(3);
    expect(stderr).toContain("the line at byte 0 is longer than 268435456 bytes");
    rmSync(path);
  });

  it("is told where it cannot be read", () => {
    for (const path of [join(folder, "missing.json"), folder]) {
      const { status, stderr } = run([after, "--baseline", path, ...DAY]);
      expect(status).toBe(3);
      expect(stderr).toContain("--baseline: ");
    }
  });

  it("may say what it likes: nothing of it reaches a terminal as it is", () => {
    const copy = {
      uuid: "\u001b[31m",
      nameLabel: "\u202eevil",
      source: "\u0007",
      verdict: "healthy",
      findings: [],
    };
    const line = JSON.stringify({ path: "\u001b]0;x", findings: [], vms: [copy] });
    const path = put(folder, "evil.ndjson", `${line}\n`);
    appendFileSync(
      path,
      `${JSON.stringify({ path: "y", findings: [{ ruleId: "\u001b[1m", variable: null }], vms: [] })}\n`,
    );
    for (const format of ["table", "json", "html", "markdown"]) {
      const { stdout } = run([after, "--baseline", path, "--format", format, ...DAY]);
      expect(stdout).not.toMatch(/[\u001b\u202e\u0007]/);
    }
  });
});
