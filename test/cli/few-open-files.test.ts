/** With few open files, no thread is started that would have none for its inputs. */
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

it.skipIf(process.platform !== "linux")("every case and every file is told with 20 of them", () => {
  const cases = runInShell(`ulimit -n 20; $0 corpus run '${CORPUS}' --jobs 4`);
  expect(cases).toMatchObject({ status: 0, stderr: "" });
  expect(cases.stdout).toMatch(/(\d+) cases: \1 as expected/);
  const analyze = `analyze '${CORPUS}' --format ndjson --fail-on never --as-of 2026-11-22 --jobs`;
  const few = runInShell(`ulimit -n 20; $0 ${analyze} 4`);
  const many = runInShell(`$0 ${analyze} 1`);
  expect(few.stdout === many.stdout).toBe(true);
  expect(few.stderr).not.toMatch(/memory|thread/);
});
