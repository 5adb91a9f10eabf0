import { describe, expect, it } from "vitest";
import { EXIT, EXIT_MEANINGS, exitCode, FAIL_ON, worse } from "../../report/exit-codes.ts";

const SEVERITIES = ["info", "warning", "error"] as const;

describe("exit codes", () => {
  it("are 1 exactly where a finding is at or above the threshold", () => {
    for (const [rank, worst] of SEVERITIES.entries()) {
      expect(exitCode({ inputFailed: false, worst, hasDefect: false }, "info")).toBe(1);
      expect(exitCode({ inputFailed: false, worst, hasDefect: false }, "warning")).toBe(rank >= 1 ? 1 : 0);
      expect(exitCode({ inputFailed: false, worst, hasDefect: false }, "error")).toBe(rank >= 2 ? 1 : 0);
      expect(exitCode({ inputFailed: false, worst, hasDefect: false }, "never")).toBe(0);
    }
  });

  it("are 0 without findings, whatever the threshold", () => {
    for (const failOn of FAIL_ON)
      expect(exitCode({ inputFailed: false, worst: null, hasDefect: false }, failOn)).toBe(0);
  });

  it("are 3 where an input failed, whatever was found in the others", () => {
    for (const failOn of FAIL_ON)
      expect(exitCode({ inputFailed: true, worst: "error", hasDefect: false }, failOn)).toBe(3);
  });

  it("each have a meaning that --help prints", () => {
    expect(EXIT_MEANINGS.map(([code]) => code)).toEqual(Object.values(EXIT));
  });

  it("come from the loudest severity", () => {
    expect(worse("info", "error")).toBe("error");
    expect(worse("warning", "info")).toBe("warning");
    expect(worse(null, "info")).toBe("info");
    expect(worse("info", null)).toBe("info");
    expect(worse(null, null)).toBe(null);
  });
});
