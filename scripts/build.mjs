/**
 * Bundles the program with all that it needs, so that it runs without node_modules: dist/program.cjs, and dist/varscope.cjs,
 * which starts it.
 */
import { appendFileSync, chmodSync, readFileSync } from "node:fs";
import { build } from "esbuild";
import { licenceLines } from "./licences.mjs";

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

const SETTINGS = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20.19",
  format: "cjs",
  logLevel: "warning",
};

const { metafile } = await build({
  ...SETTINGS,
  entryPoints: ["cli/main.ts"],
  outfile: "dist/program.cjs",
  metafile: true,
  // The licences are added whole.
  legalComments: "none",
  // Only yargs asks, for a folder of commands that nobody has.
  define: { "import.meta.url": '"file:///varscope.cjs"' },
  plugins: [noGuessing],
});
const licences = licenceLines(metafile.inputs).map((line) => `// ${line}`.trimEnd());
appendFileSync("dist/program.cjs", `${licences.join("\n")}\n`);

await build({
  ...SETTINGS,
  entryPoints: ["cli/start.ts"],
  outfile: "dist/varscope.cjs",
  external: ["./program.cjs"],
  // All of it stands in one block: a copy that was cut fails, where it would do nothing and call that a success.
  banner: {
    js: `#!/usr/bin/env node
/*! varscope ${version}, licence ${license}; the licences of the packages inside stand at the end of program.cjs. */
{`,
  },
  footer: { js: "}" },
});
chmodSync("dist/varscope.cjs", 0o755);
