import { afterEach, describe, expect, it, vi } from "vitest";
import { startProgress } from "../../../cli/render/progress.ts";

const { stderr } = process;
const before = { isTTY: stderr.isTTY, columns: stderr.columns };

/** What stands in the line after a second, on a terminal with so many columns. */
async function lineAfterASecond(columns: number, files: number, work: "done" | "passOver"): Promise<string> {
  vi.useFakeTimers();
  Object.assign(stderr, { isTTY: true, columns });
  vi.stubEnv("TERM", "xterm");
  const write = vi.spyOn(stderr, "write").mockReturnValue(true);
  const progress = startProgress(
    true,
    async () => files,
    () => ({ byVerdict: {} }) as ReturnType<Parameters<typeof startProgress>[2]>,
  );
  for (let i = 0; i < 90; i++) progress[work]("dumps/a.vars");
  progress.done("dumps/b.vars");
  await vi.advanceTimersByTimeAsync(1000);
  const line = `${write.mock.calls.at(-1)?.[0]}`;
  progress.stop();
  return line.slice(line.indexOf("K") + 1);
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  Object.assign(stderr, before);
});

describe("the progress of a run", () => {
  it("tells how many files of all are judged, how fast, and what is left", async () => {
    expect(await lineAfterASecond(80, 182, "done")).toMatch(/^91 of 182 \(50 %\) judged, 91\/s, 1 s left; /);
  });

  it("leaves out what an earlier run has judged: neither its share nor the time left is of that", async () => {
    expect(await lineAfterASecond(80, 92, "passOver")).toMatch(/^1 of 2 \(50 %\) judged, 1\/s, 1 s left; /);
  });

  it("is as wide as other terminals where the terminal has no size", async () => {
    expect(await lineAfterASecond(0, 182, "done")).toContain("dumps/b.vars");
  });
});
