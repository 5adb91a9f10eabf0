/** Bundles the program with all that it needs into one file that runs with no node_modules. */
import { chmodSync } from "node:fs";
import { build } from "esbuild";

const OUTFILE = "dist/varscope.cjs";

await build({
  entryPoints: ["cli/main.ts"],
  outfile: OUTFILE,
  bundle: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  // Less to read at every start; names stay, so that the stack of a defect tells something.
  minifyWhitespace: true,
  minifySyntax: true,
  keepNames: true,
  legalComments: "eof",
  banner: { js: "#!/usr/bin/env node" },
  logLevel: "warning",
});
chmodSync(OUTFILE, 0o755);
