import {
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { put, run, runInShell, temporaryFolder } from "./run.ts";

const root = temporaryFolder();
const RESUME = ["--format", "ndjson", "--as-of", "2026-01-01", "--fail-on", "never", "--resume"];
const DUMP = incidentBlob(10, 3);
let count = 0;

/** A folder `dumps` with one dump in it, and a folder `out` beside it. */
function place(): { readonly base: string; readonly dumps: string; readonly out: string } {
  const base = join(root, `place-${count++}`);
  const [dumps, out] = [join(base, "dumps"), join(base, "out")];
  mkdirSync(join(dumps, "sub"), { recursive: true });
  mkdirSync(out);
  writeFileSync(join(dumps, "sub/a.vars"), DUMP);
  return { base, dumps, out };
}

function isUntouched(path: string): boolean {
  return readFileSync(path).equals(Buffer.from(DUMP));
}

/** What a folder is named as, and the name of the dump in it that the report is to be written to. */
const WAYS: readonly (readonly [string, (at: ReturnType<typeof place>) => readonly [string, string]])[] = [
  ["as it stands there", ({ dumps }) => [dumps, join(dumps, "sub/a.vars")]],
  ["by another spelling", ({ dumps, out }) => [`${dumps}/`, join(out, "../dumps/./sub/a.vars")]],
  [
    "by a link to the folder",
    ({ base, dumps }) => {
      symlinkSync("dumps", join(base, "link"));
      return [join(base, "link"), join(dumps, "sub/a.vars")];
    },
  ],
  [
    "by a link outside of the folder",
    ({ dumps, out }) => {
      symlinkSync("../dumps/sub/a.vars", join(out, "link"));
      return [dumps, join(out, "link")];
    },
  ],
  [
    "by a second name outside of the folder",
    ({ dumps, out }) => {
      linkSync(join(dumps, "sub/a.vars"), join(out, "second"));
      return [dumps, join(out, "second")];
    },
  ],
  [
    "where a link in the folder leads to it",
    ({ dumps, out }) => {
      writeFileSync(join(out, "b.vars"), DUMP);
      symlinkSync("../out/b.vars", join(dumps, "b.vars"));
      return [dumps, join(out, "b.vars")];
    },
  ],
  [
    "where a link in the folder leads to its folder",
    ({ dumps, out }) => {
      writeFileSync(join(out, "b.vars"), DUMP);
      symlinkSync("../out", join(dumps, "more"));
      return [dumps, join(out, "b.vars")];
    },
  ],
  [
    "as a link in the folder that leads out of it",
    ({ dumps, out }) => {
      writeFileSync(join(out, "b.vars"), DUMP);
      symlinkSync("../out/b.vars", join(dumps, "b.vars"));
      return [dumps, join(dumps, "b.vars")];
    },
  ],
];

describe("a file of a folder that is read", () => {
  it.each(WAYS)("is never written over, named %s, not even with --force", (_way, make) => {
    const at = place();
    const [folder, output] = make(at);
    const before = realpathSync(output);
    const { status, stderr } = run([folder, "--format", "json", "--output", output, "--force"]);
    expect(stderr).toContain("not even with --force");
    expect(stderr).toContain("outside of");
    expect(stderr.trimEnd().split("\n")).toHaveLength(1);
    expect(status).toBe(2);
    expect(isUntouched(before)).toBe(true);
    expect(realpathSync(output)).toBe(before);
  });

  it("is told as such without --force, too, so that nobody is sent there", () => {
    const { dumps } = place();
    const { status, stderr } = run([dumps, "--output", join(dumps, "sub/a.vars")]);
    expect(status).toBe(2);
    expect(stderr).toContain("not even with --force");
  });

  it.each([
    ["explain", ["explain", "incident-2025-10"]],
    ["corpus run", ["corpus", "run"]],
    ["corpus update", ["corpus", "update"]],
  ])("is never written over by %s", (_name, command) => {
    const { dumps } = place();
    const path = put(dumps, "input.vars", DUMP);
    const { status, stderr } = run([...command, dumps, "--output", path, "--force"]);
    expect(status).toBe(2);
    expect(stderr).toContain("not even with --force");
    expect(isUntouched(path)).toBe(true);
  });

  it("is never written over by the report of corpus add, which is for a corpus", () => {
    const { dumps, out } = place();
    const path = join(dumps, "sub/a.vars");
    const added = put(out, "b.vars", healthyBlob());
    const { status } = run(["corpus", "add", added, "--to", dumps, "--output", path, "--force"]);
    expect(status).toBe(2);
    expect(isUntouched(path)).toBe(true);
    expect(readdirSync(dumps)).toEqual(["sub"]);
  });

  it("may be a certificate for a repair, and is not written over either", () => {
    const { dumps, out } = place();
    const path = put(out, "vm.vars", DUMP);
    const line = ["repair", path, "--add-certificates", dumps, "--output", join(dumps, "sub/a.vars")];
    const { status, stderr } = run([...line, "--force"]);
    expect(status).toBe(2);
    expect(stderr).toContain("not even with --force");
    expect(isUntouched(join(dumps, "sub/a.vars"))).toBe(true);
  });
});

describe("an input that cannot even be looked at", () => {
  it.each([
    ["a file in what is no folder", (dumps: string) => join(dumps, "sub/a.vars/b.vars")],
    [
      "links that lead to each other",
      (dumps: string) => {
        symlinkSync("round", join(dumps, "round"));
        return join(dumps, "round");
      },
    ],
  ])("costs one row of a report that is written anew: %s", (_name, make) => {
    const { dumps, out } = place();
    const output = put(out, "report.json", "of yesterday");
    const dump = join(dumps, "sub/a.vars");
    const line = ["analyze", make(dumps), dump, "--format", "json", "--output", output, "--force"];
    expect(run(line).status).toBe(3);
    const { inputs } = JSON.parse(readFileSync(output, "utf8"));
    expect(inputs.map(({ error }: { error: unknown }) => error === null)).toEqual([false, true]);
    expect(run([...line.slice(0, -2), dump, "--force"]).status).toBe(2);
  });
});

describe("a new file in a folder that is read", () => {
  it("is written, and never read by the run that writes it", () => {
    const { dumps } = place();
    const output = join(dumps, "report.json");
    const line = [dumps, "--format", "json", "--output", output];
    expect(run(line).status).toBe(1);
    const told = JSON.parse(readFileSync(output, "utf8"));
    expect(told.inputs.map(({ path }: { path: string }) => path)).toEqual([join(dumps, "sub/a.vars")]);
    const again = run([...line, "--force"]);
    expect(again.status).toBe(2);
    expect(again.stderr).toContain("outside of");
  });

  it("is passed over while another run writes it", () => {
    const { dumps } = place();
    put(dumps, ".varscope-123-0a1b2c3d.tmp", DUMP);
    put(dumps, ".varscope-123-0a1b2c3d.tmp.vars", DUMP);
    const { stdout } = run([dumps, "--format", "ndjson"]);
    const paths = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line).path.slice(dumps.length + 1));
    expect(paths).toEqual([".varscope-123-0a1b2c3d.tmp.vars", "sub/a.vars"]);
  });

  it("may be the file of results that a run goes on with: it holds what it would hold elsewhere", () => {
    const { base, dumps, out } = place();
    put(dumps, "z.vars", healthyBlob());
    const line = (file: string) => ["dumps", "--format", "ndjson", "--as-of", "2026-11-22", "--resume", file];
    expect(run(line("out/results.ndjson"), { cwd: base }).status).toBe(1);
    const whole = readFileSync(join(out, "results.ndjson"), "utf8");
    const path = join(dumps, "results.ndjson");
    expect(run(line("./dumps/results.ndjson"), { cwd: base }).status).toBe(1);
    expect(readFileSync(path, "utf8")).toBe(whole);
    writeFileSync(path, whole.slice(0, whole.indexOf("\n") + 20));
    expect(run(line(path), { cwd: base }).status).toBe(1);
    expect(readFileSync(path, "utf8")).toBe(whole);
  });
});

describe("a link that leads to itself, with the name of the results", () => {
  it("costs one row", () => {
    const { dumps, out } = place();
    symlinkSync("r.ndjson", join(dumps, "r.ndjson"));
    const results = join(out, "r.ndjson");
    expect(run([dumps, ...RESUME, results]).status).toBe(3);
    const rows = readFileSync(results, "utf8").trim().split("\n");
    expect(rows.map((row) => JSON.parse(row).error?.code ?? null)).toEqual(["read-failed", null]);
  });
});

describe("standard input that is a folder", () => {
  it("is told, and keeps --force from nothing", () => {
    const { dumps, out } = place();
    const report = put(out, "b.json", "{}");
    const { status, stderr } = runInShell(`$0 - --format json --output '${report}' --force < '${dumps}'`);
    expect(status).toBe(3);
    expect(stderr).not.toContain("was not written");
    expect(JSON.parse(readFileSync(report, "utf8")).inputs).toHaveLength(1);
  });
});
