/** Bundles the fuzzer and runs it with the arguments given: npm run fuzz -- --seconds 60 --seed 1 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";

const folder = mkdtempSync(join(tmpdir(), "varscope-fuzzer-"));
try {
  const outfile = join(folder, "fuzz.mjs");
  await build({
    // Disks have their own fuzzer: what they hold is nothing that the corpus could be mutated into.
    entryPoints: [process.argv.includes("--boot") ? "test/fuzz/boot.ts" : "test/fuzz/main.ts"],
    bundle: true,
    outfile,
    platform: "node",
    target: "node20",
    format: "esm",
    // What is CommonJS among the packages calls require.
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
    // What looks beside the project (test/shared-data.ts) looks from where it stood.
    define: { "import.meta.url": JSON.stringify(pathToFileURL(resolve("test/fuzz.ts")).href) },
    sourcemap: "inline",
    logLevel: "warning",
  });
  const args = ["--enable-source-maps", outfile, ...process.argv.slice(2)];
  process.exitCode = spawnSync(process.execPath, args, { stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true });
}
