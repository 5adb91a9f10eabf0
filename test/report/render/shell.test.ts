import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { printable } from "../../../report/render/printable.ts";
import { shellPath } from "../../../report/render/shell.ts";

/** The words that bash makes of a line. */
function words(line: string): string[] {
  const { stdout } = spawnSync("bash", ["-c", `printf '%s\\0' ${line}`], { encoding: "utf8" });
  return stdout.split("\0").slice(0, -1);
}

describe("a path in a command that is copied", () => {
  it.each([
    ["backup.xva", "backup.xva"],
    ["/var/run/sr-mount/a b.xva", "'/var/run/sr-mount/a b.xva'"],
    ["it's.vars", "'it'\\''s.vars'"],
    ["$(reboot).vars", "'$(reboot).vars'"],
    ["-x.vars", "./-x.vars"],
    ["-", "-"],
    ["a\nb", "$'a\\x0ab'"],
    ["a\0b", "'a\ufffdb'"],
    ["a\0\n", "$'a\\xef\\xbf\\xbd\\x0a'"],
  ])("%j is written as one word", (path, word) => {
    expect(shellPath(path)).toBe(word);
  });

  it("is the same path again for bash, and nothing that the terminal obeys", () => {
    const text = fc.string({
      unit: fc.oneof(
        fc.constantFrom("'", '"', "\\", "$", "`", "!", "\n", "\u202e", " ", "é"),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
      minLength: 1,
      maxLength: 12,
    });
    const paths = fc.sample(
      text.filter((path) => !path.includes("\0")),
      { numRuns: 300 },
    );
    expect(words(paths.map(shellPath).join(" "))).toEqual(
      paths.map((path) => (path.startsWith("-") && path !== "-" ? `./${path}` : path)),
    );
    for (const path of paths) expect(printable(shellPath(path))).toBe(shellPath(path));
  });
});
