/**
 * Makes the pictures of docs/pictures/: the page, the HTML report and a terminal, out of inputs made here. It needs Chromium
 * (VARSCOPE_CHROMIUM, else Debian's), a built program and a built page; pngquant makes the files small where it is installed.
 * `node scripts/pictures.mjs [FOLDER] [--whole]`: into another folder, and whole pages rather than a screen of each, for looking.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "varscope-pictures-"));
try {
  // Where the packages are: playwright-core is not bundled.
  const outfile = join("node_modules", `.varscope-pictures-${process.pid}.mjs`);
  await build({
    entryPoints: ["scripts/pictures/main.ts"],
    bundle: true,
    outfile,
    platform: "node",
    target: "node20",
    format: "esm",
    external: ["playwright-core"],
    logLevel: "warning",
  });
  const run = spawnSync(process.execPath, [outfile, folder, ...process.argv.slice(2)], { stdio: "inherit" });
  rmSync(outfile);
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
