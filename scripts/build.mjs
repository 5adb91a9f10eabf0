/**
 * Bundles the program with all that it needs into one file that runs with no node_modules.
 *
 * Most of the time of a short run is V8 reading code. So the pieces that judging one dump needs stand in a section of their
 * own; those for tables, exports and folders in the second; all others in the third (scripts/bundle/loader.cjs).
 */
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { transform } from "esbuild";
import { bundledPieces } from "./bundle/pieces.mjs";

const OUTFILE = "dist/varscope.cjs";
const { version, license } = JSON.parse(readFileSync("package.json", "utf8"));

/** Runs that show what each section needs; the third has all that is left. */
const RUNS = [
  [
    ...["analyze", "--format", "json", "corpus/incident-2025-10/input.vars"],
    "corpus/base64-not-loadable-near-miss/input.efivars.b64",
  ],
  ["analyze", "--format", "table", "corpus/sample-incident/input.xva", "corpus/healthy-vars-v2"],
  ["repair", "corpus/incident-2025-10/input.vars", "--dry-run"],
];
/** Threads load it, which no run sees. */
const WORKER = "cli/batch/worker.ts";

const { pieces, entries, licences } = await bundledPieces();
const loader = (
  await transform(readFileSync("scripts/bundle/loader.cjs", "utf8"), {
    minifySyntax: true,
    minifyWhitespace: true,
  })
).code;

function scriptOf(names, texts) {
  const functions = names.map((name) => `${JSON.stringify(name)}(){${texts[name]}}`);
  return `(function(require,demandLater){return{${functions.join(",\n")}}})`;
}

function comment(text) {
  if (text.includes("*/")) throw new Error("a section of plain text holds the end of a comment");
  return `function(){/*${text}*/}`;
}

/**
 * The published file: names of pieces by section, V8's cache of each section in base64. All of it stands in one block, so
 * that a copy which was cut anywhere is a syntax error; without its last lines it would do nothing, and call that a success.
 */
function programOf(sections, caches, texts = pieces) {
  const packed = (bytes, isPlain) =>
    (isPlain ? bytes : deflateRawSync(bytes, { level: 9 })).toString("base64");
  const parts = sections.map((names, i) => {
    const isPlain = i === 0 && sections.length > 1;
    const script = scriptOf(names, texts);
    const text = isPlain ? script : packed(Buffer.from(script, "latin1"), false);
    const cache = caches[i] === undefined ? "" : packed(Buffer.from(caches[i], "base64"), isPlain);
    return `{isPlain:${isPlain},text:${comment(text)},cache:${comment(cache)}}`;
  });
  const sectionOf = sections.flatMap((names, i) =>
    names.map((name) => `${JSON.stringify(name)}:SECTIONS[${i}]`),
  );
  return `#!/usr/bin/env node
/*! varscope ${version}, licence ${license}; the licences of the packages inside stand at the end. */
"use strict";
{
${loader}
const SECTIONS=[${parts.join(",\n")}];
const SECTION_OF={${sectionOf.join(",")}};
const BUILT_BY=${JSON.stringify([process.version, process.platform, process.arch].join())};
demand(${JSON.stringify(entries["cli/main.ts"])});
}
${licences.map((line) => `// ${line}`.trimEnd()).join("\n")}
`;
}

/** Runs a program with these arguments in a process of its own; see scripts/bundle/warm-up.cjs. */
function warmUp(program, args) {
  const folder = mkdtempSync(join(tmpdir(), "varscope-build-"));
  try {
    const [file, result] = [join(folder, "program.cjs"), join(folder, "result.json")];
    writeFileSync(file, program);
    const script = ["scripts/bundle/warm-up.cjs", file, result, ...args];
    const { status, stderr } = spawnSync(process.execPath, script, { encoding: "utf8" });
    if (status !== 0) throw new Error(`the warm-up ended with ${status}: ${stderr}`);
    return JSON.parse(readFileSync(result, "utf8"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The piece and all that it requires at once. */
function closureOf(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const [, needed] of pieces[name].matchAll(/require\("(\.\/[^"]+)"\)/g)) closureOf(needed, found);
  return found;
}

/** Names of pieces by section. */
function cut() {
  const names = Object.keys(pieces);
  const marked = names.map((name) => [name, `globalThis.piecesThatRan?.push("${name}");${pieces[name]}`]);
  const whole = programOf([names], [], Object.fromEntries(marked));
  const [judging, reading] = RUNS.map((args) => new Set(warmUp(whole, args).ran));
  for (const name of closureOf(entries[WORKER])) reading.add(name);
  return [
    names.filter((name) => judging.has(name)),
    names.filter((name) => reading.has(name) && !judging.has(name)),
    names.filter((name) => !reading.has(name) && !judging.has(name)),
  ];
}

/** V8's cache of section `i`. */
function cacheOf(i) {
  const { length } = scriptOf(sections[i], pieces);
  const made = warmUp(uncached, RUNS[i]).caches.find((cache) => cache.length === length);
  if (made === undefined) throw new Error(`a run of the warm-up does not load its section: ${RUNS[i]}`);
  return made.base64;
}

const sections = cut();
const uncached = programOf(sections, []);
mkdirSync("dist", { recursive: true });
writeFileSync(
  OUTFILE,
  programOf(
    sections,
    sections.map((_, i) => cacheOf(i)),
  ),
);
chmodSync(OUTFILE, 0o755);
