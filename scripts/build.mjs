/**
 * Bundles the program with all that it needs into one file that runs with no node_modules.
 *
 * Most of the time of a short run is V8 reading code. So the file carries the program as text together with V8's own
 * cache of its compiled code (node:vm, cachedData). A Node of another version does not take the cache and compiles the
 * text: slower at the start, the same otherwise.
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";

const OUTFILE = "dist/varscope.cjs";
const { version, license } = JSON.parse(readFileSync("package.json", "utf8"));

/**
 * yargs looks upward from the working directory for a package.json, to guess a version that it is told all the
 * same. A folder of backups may have a million entries to list on that way.
 */
const noGuessing = {
  name: "no-guessing",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^escalade\/sync$/ }, ({ path }) => ({ path, namespace: "no-guessing" }));
    onLoad({ filter: /.*/, namespace: "no-guessing" }, () => ({
      contents: "export default () => undefined;",
    }));
  },
};

const { outputFiles } = await build({
  entryPoints: ["cli/main.ts"],
  bundle: true,
  write: false,
  platform: "node",
  target: "node20",
  format: "cjs",
  minify: true,
  // Names of functions tell something in the stack of a defect; they cost a call each at the start.
  keepNames: false,
  legalComments: "eof",
  plugins: [noGuessing],
  logLevel: "warning",
});
const program = `(function(exports,require,module,__filename,__dirname){${outputFiles[0].text}\n})`;

/** Runs the program on the sample in a process of its own and gives V8's cache of what was compiled by then. */
function compiledCode() {
  const folder = mkdtempSync(join(tmpdir(), "varscope-build-"));
  try {
    const [text, cache] = [join(folder, "program.js"), join(folder, "cache")];
    writeFileSync(text, program);
    const { status, stderr } = spawnSync(process.execPath, ["scripts/warm-up.cjs", text, cache], {
      encoding: "utf8",
    });
    if (status !== 0) throw new Error(`the warm-up ended with ${status}: ${stderr}`);
    return readFileSync(cache).toString("base64");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

mkdirSync("dist", { recursive: true });
writeFileSync(
  OUTFILE,
  `#!/usr/bin/env node
/*! varscope ${version}, licence ${license}; the licences of the packages inside stand at the end of the program. */
"use strict";
const program = ${JSON.stringify(program)};
const cachedData = Buffer.from("${compiledCode()}", "base64");
const { Script } = require("node:vm");
new Script(program, { filename: __filename, cachedData }).runInThisContext()(exports, require, module, __filename, __dirname);
`,
);
chmodSync(OUTFILE, 0o755);
