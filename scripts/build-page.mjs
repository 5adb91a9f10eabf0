/**
 * Builds dist/varscope.html, the whole page in one file: its style, its scripts, and the worker's program as text. Prints its
 * size and SHA-256; the same sources give the same bytes.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { build } from "esbuild";
import { licenceLines } from "./licences.mjs";
import { PORTABLE } from "./portable.mjs";

const OUT = "dist/varscope.html";

/**
 * In one file nothing can be loaded later: what the sources import when it is needed is imported at once, so that esbuild
 * joins the modules and leaves out what none of them uses.
 */
const atOnce = {
  name: "at-once",
  setup({ onLoad }) {
    onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const imports = [];
      const text = readFileSync(path, "utf8").replace(/(?<!typeof )\bimport\(("[^"]+")\)/g, (_, from) => {
        imports.push(`import * as atOnce${imports.length} from ${from};\n`);
        return `Promise.resolve(atOnce${imports.length - 1})`;
      });
      return { contents: imports.join("") + text, loader: "ts" };
    });
  },
};

const SETTINGS = {
  ...PORTABLE,
  bundle: true,
  minify: true,
  write: false,
  metafile: true,
  format: "iife",
  charset: "utf8",
  logLevel: "warning",
  legalComments: "none",
  plugins: [atOnce],
};

const worker = await program("page/worker.ts");
const main = await program("page/main.ts");
const inputs = { ...worker.metafile.inputs, ...main.metafile.inputs };
const licences = licenceLines(inputs).map((line) => `// ${line}`.trimEnd());
const { pageHtml } = await frame();
const html = pageHtml({
  main: textOf(main),
  worker: `${textOf(worker)}${licences.join("\n")}\n`,
  sha256: (text) => createHash("sha256").update(text).digest("base64"),
});
mkdirSync("dist", { recursive: true });
// At once, as somebody may be reading the last one.
writeFileSync(`${OUT}.${process.pid}`, html);
renameSync(`${OUT}.${process.pid}`, OUT);
const bytes = Buffer.byteLength(html);
console.log(`${OUT}: ${bytes} bytes, SHA-256 ${createHash("sha256").update(html).digest("hex")}`);
if (process.argv.includes("--parts")) tellParts();

async function program(entry) {
  return build({ ...SETTINGS, entryPoints: [entry] });
}

/** As it may stand in a script element (HTML Standard, restrictions for contents of script elements). */
function textOf({ outputFiles: [{ text }] }) {
  return text.replace(/<(?=\/script|!--|script)/gi, "\\x3c");
}

/** The page's own text is a module of the house as well. */
async function frame() {
  const { outputFiles } = await build({
    ...SETTINGS,
    format: "esm",
    minify: false,
    entryPoints: ["page/html.ts"],
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}

/** What takes the room in it. */
function tellParts() {
  const parts = Object.entries(Object.values(worker.metafile.outputs)[0].inputs);
  for (const [path, { bytesInOutput }] of parts.sort((a, b) => b[1].bytesInOutput - a[1].bytesInOutput))
    console.log(String(bytesInOutput).padStart(7), path);
}
