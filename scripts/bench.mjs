/**
 * `npm run bench`: bundles scripts/bench/main.ts, as the program itself is bundled, and runs it in a process of its own.
 * Options are those of scripts/bench/options.ts, such as `--quick`.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "varscope-bench-"));
try {
  const outfile = join(folder, "bench.cjs");
  await build({
    entryPoints: ["scripts/bench/main.ts"],
    bundle: true,
    outfile,
    platform: "node",
    target: "node20",
    format: "cjs",
    // The bundle lies elsewhere, and of its modules this one alone asks where it is.
    define: { "import.meta.url": JSON.stringify(new URL("../test/shared-data.ts", import.meta.url).href) },
    logLevel: "warning",
  });
  const run = spawnSync(process.execPath, ["--expose-gc", outfile, ...process.argv.slice(2)], {
    stdio: "inherit",
  });
  process.exitCode = run.status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
