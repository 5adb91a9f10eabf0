/** With few open files, no thread is started that would have none for its inputs. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { affordableJobs } from "../../cli/batch/open-files.ts";
import { runInShell } from "./run.ts";

const CORPUS = fileURLToPath(new URL("../../corpus/", import.meta.url));

it.each([
  [8, 20, 1],
  [8, 95, 1],
  [8, 96, 2],
  [8, 1024, 8],
  [64, 1024, 31],
  [64, Number.POSITIVE_INFINITY, 64],
])("of %d threads with %d open files, there are %d", (jobs, files, expected) => {
  expect(affordableJobs(jobs, files)).toBe(expected);
});

/** Node itself needs 19 of them (version 20) or 22 (24), and ends without. */
function fewestOfNode(): number {
  for (let files = 16; files < 256; files++) {
    const read = `ulimit -n ${files}; '${process.execPath}' -e 'require("fs").readFileSync("package.json")'`;
    if (spawnSync("bash", ["-c", read], { stdio: "ignore" }).status === 0) return files;
  }
  throw new Error("Node does not start with 255 open files");
}

it.skipIf(process.platform !== "linux")(
  "every case and every file is told with hardly more than Node needs",
  () => {
    const files = fewestOfNode() + 1;
    const cases = runInShell(`ulimit -n ${files}; $0 corpus run '${CORPUS}' --jobs 4`);
    expect(cases).toMatchObject({ status: 0, stderr: "" });
    expect(cases.stdout).toMatch(/(\d+) cases: \1 as expected/);
    const analyze = `analyze '${CORPUS}' --format ndjson --fail-on never --as-of 2026-11-22 --jobs`;
    const few = runInShell(`ulimit -n ${files}; $0 ${analyze} 4`);
    const many = runInShell(`$0 ${analyze} 1`);
    expect(few.stdout === many.stdout).toBe(true);
    expect(few.stderr).not.toMatch(/memory|thread/);
  },
);
