/**
 * The program cut into pieces along its dynamic imports (esbuild, splitting), each as the text of a function that the
 * loader calls: `require` gives it other pieces and modules of Node, what it returns are its exports.
 */
import { isBuiltin } from "node:module";
import { basename } from "node:path";
import { Script } from "node:vm";
import { build } from "esbuild";
import { licenceLines } from "./licences.mjs";

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
  const [{ outputFiles, metafile }] = await Promise.all([bundle({ minify: true }), checkBindings()]);
  const outputs = Object.entries(metafile.outputs).map(([path, output]) => [nameOf(path), output]);
  const outputOf = Object.fromEntries(outputs);
  checkOrder(outputOf);
  const pieces = Object.fromEntries(
    outputFiles.map(({ path, text }) => [nameOf(path), asPiece(nameOf(path), text, outputOf)]),
  );
  checkDefaults(pieces);
  const entries = Object.fromEntries(
    outputs
      .filter(([, { entryPoint }]) => entryPoint !== undefined)
      .map(([name, { entryPoint }]) => [entryPoint, name]),
  );
  return { pieces, entries, licences: licenceLines(metafile.inputs) };
}

function bundle(options) {
  return build({
    entryPoints: ["cli/main.ts"],
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    outdir: "dist",
    platform: "node",
    target: "node20",
    format: "esm",
    // Names of functions tell something in the stack of a defect; they cost a call each at the start.
    keepNames: false,
    // The licences are added whole.
    legalComments: "none",
    // Only yargs asks, for a folder of commands that nobody has.
    define: { "import.meta.url": '"file:///varscope.cjs"' },
    plugins: [noGuessing],
    logLevel: "warning",
    ...options,
  });
}

function nameOf(path) {
  return `./${basename(path)}`;
}

const IMPORT = /\bimport\s*(\{[^{}]*\})\s*from\s*"([^"]+)"/g;
const BARE_IMPORT = /\bimport\s*"([^"]+)"/g;
const LATER_IMPORT = /\bimport\("([^"]+)"\)/g;
const EXPORT = /\bexport\s*(\{[^{}]*\});\s*$/;
const DEFAULT_EXPORT = /\bexport default ([^;]+);\s*$/;

/**
 * Import and export as esbuild's minified chunks have them. A form that is not known is a syntax error here, not for users,
 * and what was found is compared with what esbuild says: text that only looks like an import must stay as it is.
 */
function asPiece(name, text, outputOf) {
  const found = { now: [], later: [], exports: DEFAULT_EXPORT.test(text) ? ["default"] : [] };
  const body = text
    .replace(LATER_IMPORT, (_, from) => {
      found.later.push(from);
      return `demandLater("${from}")`;
    })
    .replace(IMPORT, (_, names, from) => {
      found.now.push(from);
      return `const${names.replaceAll(" as ", ":")}=require("${from}")`;
    })
    .replace(BARE_IMPORT, (_, from) => {
      found.now.push(from);
      return `require("${from}")`;
    })
    .replace(EXPORT, (_, names) => {
      const pairs = pairsOf(names);
      found.exports.push(...pairs.map(([local, exported]) => exported ?? local));
      return `return{${pairs.map(([local, exported]) => `${exported ?? local}:${local}`)}};`;
    })
    .replace(DEFAULT_EXPORT, "return{default:$1};");
  const piece = `"use strict";${body}`;
  new Script(`(function(){${piece}})`, { filename: name });
  if (/\bimport\(/.test(piece)) throw new Error(`${name} imports what is known only when it runs`);
  const { imports, exports } = outputOf[name];
  compare(name, "imports", found.now, pathsOf(imports, "import-statement"));
  compare(name, "imports later", found.later, pathsOf(imports, "dynamic-import"));
  compare(name, "exports", found.exports, exports);
  const foreign = imports.find(({ path, external }) => external && !isBuiltin(path));
  if (foreign !== undefined) throw new Error(`${name} needs ${foreign.path}, which is not in the program`);
  return piece;
}

/** Of names in braces: each name, and the one that it gets if that is another. */
function pairsOf(names) {
  return [...names.matchAll(/([\w$]+)(?: as ([\w$]+))?/g)].map(([, name, other]) => [name, other]);
}

function pathsOf(imports, kind) {
  return imports
    .filter((one) => one.kind === kind)
    .map(({ path, external }) => (external ? path : nameOf(path)));
}

function compare(name, what, found, expected) {
  const [here, there] = [found, expected].map((names) => [...names].sort().join(", "));
  if (here !== there) throw new Error(`${name}: ${what} ${here} were found, but esbuild tells of ${there}`);
}

/** Pieces that import each other in a circle would load each other without end. */
function checkOrder(outputOf) {
  const state = new Map();
  const visit = (name) => {
    if (state.get(name) === "open") throw new Error(`${name} needs itself, by way of what it imports`);
    if (state.has(name)) return;
    state.set(name, "open");
    for (const needed of pathsOf(outputOf[name].imports, "import-statement")) {
      if (!isBuiltin(needed)) visit(needed);
    }
    state.set(name, "done");
  };
  for (const name of Object.keys(outputOf)) visit(name);
}

/** A package of CommonJS that is imported later has `default` alone; Node and the tests would know its other names, too. */
function checkDefaults(pieces) {
  const onlyDefault = Object.keys(pieces).filter((name) =>
    /return\{default:[^{}]*\};\s*$/.test(pieces[name]),
  );
  const imports = /(.{0,40})demandLater\("([^"]+)"\)/gs;
  for (const [piece, text] of Object.entries(pieces)) {
    for (const [, before, name] of text.matchAll(imports)) {
      if (onlyDefault.includes(name) && !/\{default:[\w$]+\}=await $/.test(before))
        throw new Error(`${piece} imports more of ${name} than its default`);
    }
  }
}

/**
 * `const{a}=require(…)` reads a binding once, when its piece ran. So what is exported must not change later: it has its value
 * where it is declared, and is assigned nowhere else. Looked for in readable names, where each means one thing.
 */
async function checkBindings() {
  const { outputFiles } = await bundle({ minify: false });
  for (const { path, text } of outputFiles) {
    const imported = [...text.matchAll(/^import (\{[^{}]*\}) from/gm)].flatMap(([, names]) => pairsOf(names));
    const passedOn = new Set(imported.map(([local, other]) => other ?? local));
    for (const [name] of pairsOf(EXPORT.exec(text)?.[1] ?? "")) {
      if (!passedOn.has(name) && mayChange(name, text))
        throw new Error(`${path}: what it exports may change: ${name}`);
    }
  }
}

function mayChange(name, text) {
  const word = `(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`;
  const declared = new RegExp(
    `^(?:var|let|const) ${word} =|^(?:async )?function\\*? ${word}|^class ${word}`,
    "gm",
  );
  const operators = "=(?![=>])|(?:\\*\\*|<<|>>>?|&&|\\|\\||\\?\\?|[-+*/%&|^])=|\\+\\+|--";
  const assigned = new RegExp(
    `${word}\\s*(?:${operators})|(?:\\+\\+|--)${word}|\\bfor (?:await )?\\(${word}`,
  );
  return [...text.matchAll(declared)].length !== 1 || assigned.test(text.replace(declared, ""));
}
