/** Analyzes a copy of the sample export that is shipped: what is typed next writes beside the copy, not into the source tree. */
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "varscope-demo-"));
const backup = join(folder, "backup.xva");
copyFileSync(join(root, "corpus/sample-incident/input.xva"), backup);
// By the name that is typed, so that the steps are printed as they are typed here.
const { status, error } = spawnSync(
  process.execPath,
  ["dist/varscope.cjs", "analyze", backup, "--fail-on", "never"],
  { argv0: "node", cwd: root, stdio: "inherit" },
);
if (error !== undefined) throw error;
console.log(`\nThe export is a copy of the sample. When you are done: rm -r ${folder}`);
process.exitCode = status ?? 1;
