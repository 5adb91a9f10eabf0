/**
 * Builds what `import "varscope"` gives: dist/library/node/ for Node, dist/library/portable/ for all others, and their types.
 * Both are ES modules that need no package.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
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

/**
 * Each door is an entry of its own, and what several need lies in files that they share: so a bundler that is given one function
 * takes what that one needs, and Node reads no more.
 */
async function bundle(name, settings) {
  const outdir = `${OUT}/${name}`;
  const doors = readdirSync(`platform/${name}/doors`).map((file) => `platform/${name}/doors/${file}`);
  const entryPoints = [
    `platform/${name}/index.ts`,
    "library/api/rules.ts",
    "library/api/errors.ts",
    ...doors,
  ];
  const { metafile } = await build({
    ...SETTINGS,
    ...settings,
    entryPoints: entryPoints.map((file) => ({ in: file, out: basename(file, ".ts") })),
    outdir,
    splitting: true,
    chunkNames: "parts/[hash]",
  });
  const head = `varscope ${version}, licence ${license}; the licences of the packages inside stand in licences.txt.`;
  for (const file of Object.keys(metafile.outputs))
    writeFileSync(file, `/*! ${head} */\n${readFileSync(file, "utf8")}`);
  writeFileSync(`${outdir}/licences.txt`, licenceLines(metafile.inputs).join("\n"));
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
