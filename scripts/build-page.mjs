/**
 * Builds dist/varscope.html, the whole page in one file: its style, its scripts, and the worker's program, packed. Prints its
 * size and SHA-256; the same sources give the same bytes.
 */
import { createHash } from "node:crypto";
import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { licenceLines } from "./licences.mjs";
import { PORTABLE } from "./portable.mjs";

const OUT = "dist/varscope.html";

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
};

const worker = await program("page/worker.ts");
const main = await program("page/main.ts");
const inputs = { ...worker.metafile.inputs, ...main.metafile.inputs };
const licences = licenceLines(inputs).map((line) => `// ${line}`.trimEnd());
const { pageHtml } = await frame();
const html = pageHtml({
  main: textOf(main),
  worker: gzipSync(`${worker.outputFiles[0].text}${licences.join("\n")}\n`, { level: 9 }),
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
