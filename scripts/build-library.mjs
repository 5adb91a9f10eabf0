/**
 * Builds what `import "varscope"` gives: dist/library/node.js for Node, dist/library/portable.js for all others, and their types.
 * Both are ES modules that need no package.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { build } from "esbuild";
import { licenceLines } from "./licences.mjs";
import { PORTABLE } from "./portable.mjs";

const OUT = "dist/library";
const { version, license } = JSON.parse(readFileSync("package.json", "utf8"));

rmSync(OUT, { recursive: true, force: true });
const SETTINGS = {
  bundle: true,
  minify: true,
  format: "esm",
  logLevel: "warning",
  legalComments: "none",
  metafile: true,
};
await bundle("node", {
  platform: "node",
  target: "node20.19",
  // Packages of CommonJS ask for modules of Node by `require`.
  banner: {
    js: 'import { createRequire } from "node:module";\nconst require = createRequire(import.meta.url);',
  },
});
await bundle("portable", PORTABLE);
writeTypes();

async function bundle(name, settings) {
  const outfile = `${OUT}/${name}.js`;
  const entryPoints = [`platform/${name}/index.ts`];
  const { metafile } = await build({ ...SETTINGS, ...settings, entryPoints, outfile });
  const head = `varscope ${version}, licence ${license}; the licences of the packages inside stand at the end.`;
  const licences = licenceLines(metafile.inputs).map((line) => `// ${line}`.trimEnd());
  writeFileSync(outfile, `/*! ${head} */\n${readFileSync(outfile, "utf8")}${licences.join("\n")}\n`);
}

/** Only those that the functions' own types lead to. */
function writeTypes() {
  const all = `${OUT}/declarations`;
  execFileSync(process.execPath, ["node_modules/typescript/bin/tsc", "-p", "tsconfig.library.json"], {
    stdio: "inherit",
  });
  const wanted = ["platform/portable/index.d.ts"];
  for (const file of wanted) {
    const text = readFileSync(join(all, file), "utf8").replace(
      /(from |import\()"(\.[^"]+)\.ts"/g,
      (_, before, path) => {
        const target = join(dirname(file), `${path}.d.ts`);
        if (!wanted.includes(target)) wanted.push(target);
        return `${before}"${path}.js"`;
      },
    );
    const target = join(OUT, "types", file);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  const entry = relative("types", join("types", "platform/portable/index.js"));
  writeFileSync(join(OUT, "types/index.d.ts"), `export * from "./${entry}";\n`);
  rmSync(all, { recursive: true });
}
