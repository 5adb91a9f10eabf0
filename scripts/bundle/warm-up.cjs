/**
 * Runs a built program, so that V8 compiles what such a run needs, and writes as JSON V8's cache of each script that was
 * made, with the length of its text, and the names of the pieces that ran (of a program that is marked).
 * Usage: node warm-up.cjs PROGRAM RESULT ARGUMENTS...
 */
"use strict";
const { writeFileSync } = require("node:fs");
const vm = require("node:vm");

const [node, , program, result, ...args] = process.argv;
const scripts = [];
vm.Script = class extends vm.Script {
  constructor(text, options) {
    super(text, options);
    scripts.push({ script: this, length: text.length });
  }
};
globalThis.piecesThatRan = [];

/** Exit code where the program itself failed (cli/exit-codes.ts). */
const DEFECT = 70;

// What it prints is not asked for, nor what it says of the inputs by its exit code.
process.stdout.write = (_chunk, encoding, done) => {
  (typeof encoding === "function" ? encoding : done)?.();
  return true;
};
process.on("exit", () => {
  if (scripts.length === 0 || process.exitCode === DEFECT) return;
  process.exitCode = 0;
  const caches = scripts.map(({ script, length }) => {
    return { length, base64: script.createCachedData().toString("base64") };
  });
  writeFileSync(result, JSON.stringify({ caches, ran: globalThis.piecesThatRan }));
});
process.argv = [node, program, ...args];
require(program);
