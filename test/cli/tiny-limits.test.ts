/** All of the corpus with next to no stack and memory: nothing recurses over its input, nothing is kept that need not be. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { PROGRAM } from "./run.ts";

const CORPUS = fileURLToPath(new URL("../../corpus/", import.meta.url));
const ANALYZE = ["analyze", CORPUS, "--fail-on", "never", "--jobs", "1", "--as-of", "2026-11-22"];

function run(limits: readonly string[], args: readonly string[]) {
  const { stdout, status } = spawnSync(process.execPath, [...limits, PROGRAM, ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { stdout, status };
}

// Node's own start needs about 80 KiB of stack. What would fail with one of both fails with both.
const LIMITS = ["--stack-size=128", "--max-old-space-size=32"];

describe("the corpus with tiny limits", () => {
  const usual = run([], [...ANALYZE, "--format", "ndjson"]);

  it("comes to the same", () => {
    expect(usual.status).toBe(3);
    const tiny = run(LIMITS, [...ANALYZE, "--format", "ndjson"]);
    expect(tiny.status).toBe(usual.status);
    expect(tiny.stdout === usual.stdout).toBe(true);
  });

  it("is judged as expected, repairs included, with a tiny stack and heap", () => {
    const tiny = run(
      ["--stack-size=128", "--max-old-space-size=48"],
      ["corpus", "run", CORPUS, "--jobs", "1"],
    );
    expect(tiny).toMatchObject({ status: 0, stdout: expect.stringContaining("as expected") });
  });
});
