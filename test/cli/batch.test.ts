import { appendFileSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { InputReport } from "../../report/input.ts";
import type { Report } from "../../report/report.ts";
import { healthyBlob, incidentBlob } from "../builders/blob.ts";
import { base64, put, run, runInShell, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const DUMPS = 150;
const dumps = join(folder, "dumps");
const DAY = ["--as-of", "2026-11-22"];
const LINES = ["--format", "ndjson", "--fail-on", "never", ...DAY];

/** Two folders of dumps that differ in name and kind, with files in between that are none. */
function makeDumps(): void {
  for (const half of ["a", "b"]) mkdirSync(join(dumps, half), { recursive: true });
  for (let i = 0; i < DUMPS; i++) {
    const name = `${i % 2 === 0 ? "a" : "b"}/${String(i).padStart(4, "0")}.efivars.b64`;
    const content = i % 10 === 3 ? "notes" : base64(i % 7 === 0 ? incidentBlob() : healthyBlob());
    put(dumps, name, content);
  }
}
makeDumps();

function lines(...args: string[]): string {
  return run([dumps, ...LINES, ...args]).stdout;
}
const unsharded = lines("--jobs", "1");

function reports(text: string): InputReport[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

describe("a run by several threads", () => {
  it("prints the same bytes as one thread does, in the order of the paths", () => {
    expect(reports(unsharded)).toHaveLength(DUMPS);
    expect(reports(unsharded).map(({ place }) => place)).toEqual([...Array(DUMPS).keys()]);
    expect(lines("--jobs", "2")).toBe(unsharded);
    expect(lines("--jobs", "7")).toBe(unsharded);
    expect(lines()).toBe(unsharded);
  });

  it.each(["json", "table"])("gives the same %s, summary and exit code", (format) => {
    const [one, two] = ["1", "3"].map((jobs) => run([dumps, ...DAY, "--format", format, "--jobs", jobs]));
    expect(two?.stdout).toBe(one?.stdout);
    expect([one?.status, two?.status]).toEqual([1, 1]);
  });

  it("reads what is named besides the folder, standard input too", () => {
    const settings = { input: base64(incidentBlob()) };
    const args = [dumps, "-", join(folder, "missing"), "--format", "json", ...DAY];
    const { stdout, status } = run([...args, "--jobs", "2"], settings);
    expect(status).toBe(3);
    const { inputs } = JSON.parse(stdout) as Report;
    const [last, behind] = inputs.slice(-2);
    // The folder's end has a place of its own.
    expect(last).toMatchObject({ path: "-", place: DUMPS + 1, error: null });
    expect(behind).toMatchObject({ place: DUMPS + 2, error: { code: "not-found" } });
    expect(run([...args, "--jobs", "1"], settings).stdout).toBe(stdout);
  });

  it("says so where nothing in a folder was recognised", () => {
    const nothing = join(folder, "nothing");
    mkdirSync(nothing);
    for (let i = 0; i < 50; i++) put(nothing, `${i}.txt`, "notes");
    const { stdout, status } = run([nothing, "--format", "ndjson", "--jobs", "2"]);
    expect(status).toBe(3);
    expect(reports(stdout).at(-1)).toMatchObject({ path: nothing, place: 50, error: { code: "no-dumps" } });
  });

  it("complains of the first inputs that cannot be read, and counts the others", () => {
    const many = join(folder, "many");
    mkdirSync(many);
    for (let i = 0; i < 23; i++) put(many, `${i}.vars`, Uint8Array.of(0x1f, 0x8b, 8, 0));
    const { stderr, stdout, status } = run([many, "--format", "ndjson"]);
    expect({ status, rows: reports(stdout).length }).toEqual({ status: 3, rows: 23 });
    expect(stderr.trimEnd().split("\n")).toHaveLength(21);
    expect(stderr).toContain("3 more inputs could not be read");
  });

  it.each(["0", "257", "x", "-1", "1.5"])("takes no --jobs=%s", (jobs) => {
    const { status, stderr } = run([dumps, `--jobs=${jobs}`]);
    expect(status).toBe(2);
    expect(stderr).toContain("--jobs takes a number from 1 to 256");
  });
});

describe("--shard", () => {
  const parts = [1, 2, 3, 4].map((index) => lines("--shard", `${index}/4`));

  it("splits the files into parts that have nothing in common, by their path below the folder", () => {
    const places = parts.map((part) => reports(part).map(({ place }) => place));
    expect(places.flat().sort((a, b) => a - b)).toEqual([...Array(DUMPS).keys()]);
    for (const part of places) expect(part.length).toBeGreaterThan(DUMPS / 10);
    const elsewhere = run([`${dumps}/`, ...LINES, "--shard", "1/4"]).stdout;
    expect(reports(elsewhere).map(({ place }) => place)).toEqual(places[0]);
  });

  it.each(["0/4", "5/4", "1", "a/b", "1/0"])("takes no %s", (shard) => {
    expect(run([dumps, "--shard", shard])).toMatchObject({ status: 2 });
  });
});

describe("--resume", () => {
  const results = join(folder, "results.ndjson");
  const resume = [...LINES, "--resume", results];

  it("goes on where an interrupted run ended, wherever it was cut", () => {
    for (const length of [0, 1, 5000, unsharded.length - 1, Math.floor(unsharded.length / 2)]) {
      writeFileSync(results, unsharded);
      truncateSync(results, length);
      const { status, stdout } = run([dumps, ...resume, "--jobs", "2"]);
      expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
      expect(readFileSync(results, "utf8") === unsharded, `cut at ${length}`).toBe(true);
    }
  });

  it("starts a file that is missing, and leaves alone what is complete", () => {
    const path = join(folder, "new.ndjson");
    const args = [dumps, ...LINES, "--resume", path];
    expect(run(args).status).toBe(0);
    expect(readFileSync(path, "utf8") === unsharded).toBe(true);
    expect(run(args).status).toBe(0);
    expect(readFileSync(path, "utf8") === unsharded).toBe(true);
  });

  it.each([100, unsharded.length / 2])(
    "tells of a disk that has room for all but the last %d bytes",
    (missing) => {
      const path = join(folder, `full-${missing}.ndjson`);
      const kilobytes = Math.floor((unsharded.length - missing) / 1024);
      const { status, stderr } = runInShell(
        `ulimit -f ${kilobytes}; $0 ${dumps} ${LINES.join(" ")} --resume ${path}`,
      );
      expect({ status, stderr }).toEqual({
        status: 2,
        stderr: `varscope: ${path} was not written: the file would be larger than the system allows. Write to another disk, or raise the limit.\n`,
      });
      expect(run([dumps, ...LINES, "--resume", path]).status).toBe(0);
      expect(readFileSync(path, "utf8") === unsharded).toBe(true);
    },
  );

  it("counts what was judged before in the exit code", () => {
    writeFileSync(results, unsharded);
    expect(run([dumps, "--format", "ndjson", ...DAY, "--resume", results]).status).toBe(1);
  });

  it("does not take another run's file, nor one that holds no results", () => {
    writeFileSync(results, unsharded);
    const other = run([join(dumps, "b"), ...resume]);
    expect(other.status).toBe(2);
    expect(other.stderr).toContain("results of another run");
    expect(readFileSync(results, "utf8") === unsharded).toBe(true);
    const notes = put(folder, "notes.txt", "my notes\nare here\n");
    expect(run([dumps, ...LINES, "--resume", notes]).status).toBe(2);
    expect(readFileSync(notes, "utf8")).toBe("my notes\nare here\n");
    const [first, second] = unsharded.split("\n");
    appendFileSync(results, `${first}\n${second}\n`);
    expect(run([dumps, ...resume]).status).toBe(2);
  });

  it("leaves alone a dump that was named by mistake, with or without a line break", () => {
    const record = (start: string): string => `${start}"NVRAM":{"EFI-variables":"${base64(healthyBlob())}"}}`;
    const dumpsByMistake = [
      base64(healthyBlob()),
      healthyBlob(),
      `${base64(healthyBlob())}\n`,
      record('{"path":"vm.json",'),
      record(`{"path":"${'a\\"'.repeat(12_000)}",`),
    ];
    for (const content of dumpsByMistake) {
      const path = put(folder, "dump", content);
      expect(run([dumps, ...LINES, "--resume", path]).status).toBe(2);
      expect(readFileSync(path).equals(Buffer.from(content))).toBe(true);
    }
  });

  it("takes the beginning of its own first line, and of no other", () => {
    const [first = ""] = unsharded.split("\n");
    const { path: firstPath } = JSON.parse(first);
    const start = `{"path":"${firstPath}`;
    const own = ["{", start.slice(0, -1), start, `${start}!`, `${start}","pla`, `${start}","place":0,"fo`];
    const others = [
      '{"path":"vm',
      `${start.slice(0, -1)}\\`,
      `${start}","place":1,`,
      `${start}x`,
      first.replace(firstPath, "vm"),
    ];
    for (const content of [...own, ...others]) {
      const path = put(folder, "beginning", content);
      const isOwn = own.includes(content);
      expect(run([dumps, ...LINES, "--resume", path]).status, content).toBe(isOwn ? 0 : 2);
      expect(readFileSync(path, "utf8") === (isOwn ? unsharded : content), content).toBe(true);
    }
  });

  it("refuses a file of which only the end belongs to another run, and cuts nothing off", () => {
    const lines = unsharded.trimEnd().split("\n");
    const foreign = JSON.stringify({ ...JSON.parse(lines[0] ?? ""), path: "/elsewhere/vm.vars" });
    const next = (count: number) => foreign.replace('"place":0,', `"place":${count},`);
    const files = [
      `${foreign}\n`,
      foreign,
      `${lines.slice(0, 3).join("\n")}\n${next(3)}\n`,
      `${lines.slice(0, 3).join("\n")}\n${next(3)}`,
      `${lines.slice(0, 3).join("\n")}\n${next(3).slice(0, 20)}`,
      `${unsharded}${next(lines.length)}\n`,
      `${unsharded}${next(lines.length)}`,
      `${unsharded}{"note":"mine"}`,
    ];
    for (const content of files) {
      const path = put(folder, "foreign.ndjson", content);
      expect(run([dumps, ...LINES, "--resume", path]).status, content.slice(-60)).toBe(2);
      expect(readFileSync(path, "utf8") === content).toBe(true);
    }
    // Where a run was interrupted between two lines, nothing is missing but the next ones.
    for (const count of [1, 3, lines.length]) {
      const path = put(folder, "own.ndjson", `${lines.slice(0, count).join("\n")}\n`);
      expect(run([dumps, ...LINES, "--resume", path]).status).toBe(0);
      expect(readFileSync(path, "utf8") === unsharded).toBe(true);
    }
  });

  it.each(["/dev/null", folder])("takes no %s", (path) => {
    const { status, stderr } = run([dumps, ...LINES, "--resume", path]);
    expect(status).toBe(2);
    expect(stderr).toMatch(/^varscope: --resume: \S+ (?:is no file|cannot be opened)/);
  });

  it("needs lines, a day and no other output", () => {
    expect(run([dumps, "--resume", results, ...DAY]).stderr).toContain("--format ndjson");
    expect(run([dumps, "--resume", results, "--format", "ndjson"]).stderr).toContain("--as-of");
    expect(run([dumps, ...resume, "--output", "x"]).stderr).toContain("--output");
  });
});
