/**
 * The program cut into pieces along its dynamic imports (esbuild, splitting), each as the text of a function that the
 * loader calls: `require` gives it other pieces and modules of Node, what it returns are its exports.
 */
import { basename } from "node:path";
import { Script } from "node:vm";
import { build } from "esbuild";

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

/** `pieces` by name, such as "./main.js"; `entries`, names of pieces by source file; the lines of all licences. */
export async function bundledPieces() {
  const { outputFiles, metafile } = await build({
    entryPoints: ["cli/main.ts"],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    outdir: "dist",
    platform: "node",
    target: "node20",
    format: "esm",
    minify: true,
    // Names of functions tell something in the stack of a defect; they cost a call each at the start.
    keepNames: false,
    legalComments: "external",
    // Only yargs asks, for a folder of commands that nobody has.
    define: { "import.meta.url": '"file:///varscope.cjs"' },
    plugins: [noGuessing],
    logLevel: "warning",
  });
  const scripts = outputFiles.filter(({ path }) => path.endsWith(".js"));
  const pieces = Object.fromEntries(scripts.map(({ path, text }) => [nameOf(path), asPiece(path, text)]));
  const entries = Object.fromEntries(
    Object.entries(metafile.outputs)
      .filter(([, { entryPoint }]) => entryPoint !== undefined)
      .map(([path, { entryPoint }]) => [entryPoint, nameOf(path)]),
  );
  const licences = outputFiles
    .filter(({ path }) => path.endsWith(".LEGAL.txt"))
    .flatMap(({ text }) => text.trim().split("\n"));
  return { pieces, entries, licences };
}

function nameOf(path) {
  return `./${basename(path)}`;
}

/**
 * Import and export as esbuild's minified chunks have them. A binding that changes after its piece ran would be read
 * once too early; there is none. A form that is not known is a syntax error here, not for users.
 */
function asPiece(path, text) {
  const body = text
    .replace(/\bimport\("([^"]+)"\)/g, 'demandLater("$1")')
    .replace(/\bimport\s*(\{[^{}]*\})\s*from\s*"([^"]+)"/g, (_, names, from) => {
      return `const${names.replaceAll(" as ", ":")}=require("${from}")`;
    })
    .replace(/\bimport\s*"([^"]+)"/g, 'require("$1")')
    .replace(/\bexport\s*(\{[^{}]*\});\s*$/, (_, names) => {
      return `return${names.replace(/([\w$]+) as ([\w$]+)/g, "$2:$1")};`;
    })
    .replace(/\bexport default ([^;]+);\s*$/, "return{default:$1};");
  const piece = `"use strict";${body}`;
  new Script(`(function(){${piece}})`, { filename: path });
  if (/\bimport\(/.test(piece)) throw new Error(`${path} imports what is known only when it runs`);
  return piece;
}
