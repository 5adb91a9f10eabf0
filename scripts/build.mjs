/** Bundles the program with all that it needs into one file that runs with no node_modules. */
import { chmodSync } from "node:fs";
import { build } from "esbuild";

const OUTFILE = "dist/varscope.cjs";

/**
 * yargs looks upward from the working directory for a package.json, to guess a version that it is told all the
 * same. A folder of backups may have a million entries to list on that way.
 */
const noGuessing = {
  name: "no-guessing",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^escalade\/sync$/ }, ({ path }) => ({ path, namespace: "no-guessing" }));
    onLoad({ filter: /.*/, namespace: "no-guessing" }, () => ({ contents: "export default () => undefined;" }));
  },
};

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
  plugins: [noGuessing],
  logLevel: "warning",
});
chmodSync(OUTFILE, 0o755);
