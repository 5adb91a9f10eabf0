/** The first command of the README: what it says to type can be typed as it stands, and leaves nothing behind here. */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../cli/run.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const folder = temporaryFolder();
/** Without the folders in which a `varscope` is found. */
const env = { PATH: process.env["PATH"], TMPDIR: folder, NO_COLOR: "1" };

function sample(): [string, string][] {
  const path = join(ROOT, "corpus/sample-incident");
  return readdirSync(path).map((name) => [name, readFileSync(join(path, name), "base64")]);
}

function commandsOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.includes("varscope.cjs ") && line.startsWith("  "))
    .map((line) => line.trim());
}

function typed(command: string): string {
  const { stdout, stderr, status } = spawnSync("bash", ["--norc", "-c", command], {
    cwd: ROOT,
    encoding: "utf8",
    env,
  });
  expect({ command, status, stderr }).toEqual({ command, status: 0, stderr: "" });
  return stdout;
}

describe("the demo", () => {
  it("prints steps that can be typed as they stand, and so do they", () => {
    const [before, root] = [sample(), readdirSync(ROOT)];
    const first = typed("node scripts/demo.mjs");
    const [alone = "", repair = "", ...others] = commandsOf(first);
    expect(others).toEqual([]);
    expect(alone).toMatch(/backup\.xva --emit efivars --out \S+\/varscope-demo-\w+\/repaired --vm \S+$/);
    expect(repair).toMatch(/^node dist\/varscope\.cjs repair \S+\/varscope-demo-\w+\/backup\.xva$/);
    const printed = commandsOf(typed(repair));
    const [verify = "", emit = "", second = ""] = [" verify ", " --emit ", ".after."].map(
      (word) => printed.find((command) => command.includes(word)) ?? "",
    );
    expect(verify).toMatch(/^node dist\/varscope\.cjs verify \S+\/backup\.repaired\.xva$/);
    expect(typed(verify)).toContain("COMPLETE AND UNDAMAGED");
    // It needs a dump of the host, which is not here.
    expect(second).toMatch(/^node dist\/varscope\.cjs \S+\.after\.efivars\.b64$/);
    expect(typed(emit)).toContain("REPAIRED");
    const [made = ""] = readdirSync(folder);
    expect(readdirSync(join(folder, made)).sort()).toEqual(["backup.repaired.xva", "backup.xva", "repaired"]);
    expect({ sample: sample(), root: readdirSync(ROOT) }).toEqual({ sample: before, root });
  });
});
