/** That the bench works; what it measures is no matter of a test. */
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = (...args: readonly string[]): Promise<{ stdout: string }> =>
  promisify(execFile)(process.execPath, ["scripts/bench.mjs", "--quick", ...args]);
const leftBehind = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith("varscope-bench-"));

it("gives a ratio for all that it measures, and leaves nothing behind", async () => {
  const before = new Set(leftBehind());
  const { stdout } = await run("--json", "--dumps", "3");
  expect(leftBehind().filter((name) => !before.has(name))).toEqual([]);
  const { inProcess, wholeProcess, folder, hotSpots, memory } = JSON.parse(stdout);
  expect(inProcess.length).toBeGreaterThan(0);
  for (const { blobBytes, textBytes, findings, unseen, ownBootEntries, seen } of inProcess) {
    expect(textBytes).toBe(4 * Math.ceil(blobBytes / 3));
    expect(findings).toBeGreaterThan(3);
    for (const ratio of [unseen, ownBootEntries, seen]) expect(ratio).toBeGreaterThan(0);
  }
  for (const { version, json, table } of wholeProcess)
    for (const ratio of [version, json, table]) expect(ratio).toBeGreaterThan(0);
  expect(folder).toMatchObject({ dumps: 3, analyze: expect.any(Number) });
  expect(hotSpots.unseen.map(({ what }: { what: string }) => what)).toContain("all rules");
  expect(memory).toMatchObject({ analyses: 200, growth: expect.any(Number) });
});

it("prints tables without --json, and refuses a number that is none", async () => {
  const { stdout } = await run();
  expect(stdout).toMatch(/dbx and boot entries never seen before +\d+\.\d\d times/);
  expect(stdout).toMatch(/A folder of 10 different dumps/);
  await expect(run("--dumps", "many")).rejects.toThrow("a number from 1 to 9999999 is expected, not many");
});
