/**
 * Runs the bundled program on dumps of the corpus, so that V8 compiles what a usual run needs, and writes V8's cache
 * of it. Usage: node scripts/warm-up.cjs PROGRAM CACHE
 */
"use strict";
const { readFileSync, writeFileSync } = require("node:fs");
const { Script } = require("node:vm");

const [, self, text, cache] = process.argv;
const INPUTS = ["corpus/sample-incident/input.xva", "corpus/base64-not-loadable-near-miss/input.efivars.b64"];
const script = new Script(readFileSync(text, "utf8"), { filename: "varscope.cjs" });

// What it prints and how it ends is not asked for.
process.stdout.write = (_chunk, encoding, done) => {
  (typeof encoding === "function" ? encoding : done)?.();
  return true;
};
process.on("exit", () => {
  process.exitCode = 0;
  writeFileSync(cache, script.createCachedData());
});
process.argv = [process.execPath, self, "analyze", ...INPUTS, "--format", "json"];
const module_ = { exports: {} };
script.runInThisContext()(module_.exports, require, module_, __filename, __dirname);
