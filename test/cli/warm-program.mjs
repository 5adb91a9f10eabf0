/**
 * Runs the built program again and again in one process, each run as if it were the first: the program's code is evaluated anew
 * with its own arguments, environment and folder, and a run is over when the event loop has nothing left to do, as a process is.
 * Starting Node costs ten times what a small run does. It is started by warm-program.ts, which hands over two pipes: lines of JSON
 * are asked on one and answered on the other. Not in TypeScript, because the oldest Node starts it as it is.
 */
import { readFileSync, readSync, writeSync } from "node:fs";
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { Script } from "node:vm";

const ASKED = 3;
const ANSWERED = 4;
const { program, bundle } = JSON.parse(process.argv[2]);
const { execPath } = process;
const require = createRequire(bundle);

// Compiled once, evaluated for each run: what the program keeps in its modules is new each time.
const code = new Script(`(function (exports, require, module) {${readFileSync(bundle, "utf8")}\n})`, {
  filename: bundle,
}).runInThisContext();

/** What a run adds to these stays behind otherwise. */
const EVENTS = ["uncaughtException", "exit", "SIGINT", "SIGTERM", "SIGHUP"];

/** Standard output or error, as a pipe that takes all at once. */
class Kept extends Writable {
  chunks = [];

  _write(chunk, _, done) {
    this.chunks.push(chunk);
    done();
  }

  get text() {
    return Buffer.concat(this.chunks).toString("utf8");
  }
}

/** The terminal's, where there is one. Nothing that a run listens to is left on them. */
const own = { stdout: process.stdout, stderr: process.stderr };
let rest = Buffer.alloc(0);
let running = null;

/** Undefined at the end: who asks is gone. */
function nextLine() {
  const piece = Buffer.alloc(1 << 16);
  for (;;) {
    const end = rest.indexOf("\n");
    if (end >= 0) {
      const line = rest.subarray(0, end).toString("utf8");
      rest = rest.subarray(end + 1);
      return line;
    }
    const length = readSync(ASKED, piece);
    if (length === 0) return undefined;
    rest = Buffer.concat([rest, piece.subarray(0, length)]);
  }
}

function begin({ args, cwd, env, terminal, mark }) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
  process.chdir(cwd);
  process.exitCode = undefined;
  process.argv = [execPath, program, ...args];
  const stdout = terminal === "none" ? new Kept() : own.stdout;
  const stderr = terminal === "both" ? own.stderr : new Kept();
  Object.defineProperty(process, "stdout", { value: stdout, configurable: true });
  Object.defineProperty(process, "stderr", { value: stderr, configurable: true });
  running = { stdout, stderr, mark };
  const module = { exports: {} };
  code(module.exports, require, module);
  module.exports.start();
}

function end(status, gone) {
  const { stdout, stderr, mark } = running;
  running = null;
  for (const event of EVENTS)
    for (const listener of process.listeners(event)) {
      if (listener === endOfProcess) continue;
      process.off(event, listener);
      // What Node itself would do now.
      if (event === "exit") listener(status);
    }
  for (const stream of [stdout, stderr]) stream.removeAllListeners("error");
  if (mark !== undefined) own.stdout.write(mark);
  const textOf = (stream) => (stream instanceof Kept ? stream.text : "");
  const answer = Buffer.from(
    `${JSON.stringify({ status, gone, stdout: textOf(stdout), stderr: textOf(stderr) })}\n`,
  );
  for (let at = 0; at < answer.length; ) at += writeSync(ANSWERED, answer, at);
}

/** The program ended its process: this one is gone with it, and the next run gets another. */
function endOfProcess(status) {
  if (running !== null) end(status, true);
}

process.on("exit", endOfProcess);
process.on("beforeExit", () => {
  if (running !== null) end(process.exitCode ?? 0, false);
  const line = nextLine();
  process.exitCode = 0;
  if (line === undefined) return;
  // By a turn of the loop of its own: a run that only prints would leave no other, and Node would end.
  setImmediate(() => begin(JSON.parse(line)));
});
