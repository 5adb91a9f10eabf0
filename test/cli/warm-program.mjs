/**
 * One process that runs the built program many times: `warm-program.mjs REQUESTS ANSWERS`, both named pipes, one line of JSON
 * each way for each run. It saves what starting Node and compiling the program take, and nothing else: each run
 * evaluates `dist/program.cjs` anew, so no variable of the program lives longer than its run, and it is started by `start`, as
 * `dist/varscope.cjs` does. A run is over when its exit code is set and nothing of it is left that would keep a process alive.
 */
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeSync,
} from "node:fs";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { constants, Script } from "node:vm";

const [requestsPath, answersPath] = process.argv.slice(2);
const PROGRAM = fileURLToPath(new URL("../../dist/varscope.cjs", import.meta.url));
const BUNDLE = fileURLToPath(new URL("../../dist/program.cjs", import.meta.url));
const HOME = process.cwd();

const compiled = new Script(
  `(function (exports, require, module, __filename, __dirname, process) {${readFileSync(BUNDLE, "utf8")}\n})`,
  { filename: BUNDLE, importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER },
);
const require = createRequire(PROGRAM);

/** The exit code of a fresh program, which sees this process but for the setting of its exit code. */
function started() {
  return new Promise((resolve) => {
    const module = { exports: {} };
    const seen = new Proxy(process, {
      get: (_, name) => (name === "exit" ? resolve : process[name]),
      set: (_, name, value) => {
        if (name === "exitCode") resolve(value);
        else process[name] = value;
        return true;
      },
    });
    compiled.runInThisContext()(module.exports, require, module, BUNDLE, dirname(BUNDLE), seen);
    module.exports.start();
  });
}

/** A standard output, or error, that is kept. */
function kept() {
  const chunks = [];
  const stream = new Writable({
    decodeStrings: true,
    write(chunk, _, done) {
      chunks.push(chunk);
      done();
    },
  });
  return { stream, text: () => Buffer.concat(chunks).toString("utf8") };
}

function replace(name, value) {
  Object.defineProperty(process, name, { configurable: true, get: () => value });
}

function setEnvironment(env) {
  for (const name of Object.keys(process.env)) delete process.env[name];
  Object.assign(process.env, env);
}

/** What takes away the listeners that a run added. Those that it has for its end are called, as at the end of a process. */
function listenersOf(emitter) {
  const before = new Map(emitter.eventNames().map((name) => [name, emitter.listeners(name)]));
  return (code) => {
    for (const name of emitter.eventNames())
      for (const listener of emitter.listeners(name)) {
        if (before.get(name)?.includes(listener)) continue;
        emitter.removeListener(name, listener);
        if (emitter === process && name === "exit") listener.call(process, code);
      }
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** The kinds of what keeps this process alive, but for our own turns. */
function aliveBy() {
  return process.getActiveResourcesInfo().filter((kind) => kind !== "Immediate");
}

/** Node opens them when they are first asked for, and they stay. */
const OUTPUTS = [process.stdout, process.stderr];
/** What is there before the first run. */
const ours = aliveBy().length;
/** Only a hang reaches it. */
const SECONDS = 120;

/** Waits until nothing of a run keeps the process alive; what does after so long. */
async function untilNothingIsLeft() {
  const end = performance.now() + SECONDS * 1000;
  do await turn();
  while (aliveBy().length > ours && performance.now() < end);
  return aliveBy().slice(ours);
}

const DESCRIPTORS = "/proc/self/fd";

/** A file that the program writes goes away with its process, unless it got its name. */
const UNFINISHED = /\/\.varscope-[^/]*\.tmp/;

/** The files that are open, where the system tells them; a device is one of this process. */
function openFiles() {
  if (!existsSync(DESCRIPTORS)) return [];
  return readdirSync(DESCRIPTORS).flatMap((name) => {
    try {
      const path = readlinkSync(`${DESCRIPTORS}/${name}`);
      const isOfRun = path.startsWith("/") && !path.startsWith("/dev/") && !UNFINISHED.test(path);
      return isOfRun ? [`${name} ${path}`] : [];
    } catch {
      // The one that listed them.
      return [];
    }
  });
}

async function runOnce({ args, cwd, env, terminal }) {
  const out = terminal === "both" || terminal === "output" ? null : kept();
  const err = terminal === "both" ? null : kept();
  const own = ["stdin", "stdout", "stderr"].map((name) => [
    name,
    Object.getOwnPropertyDescriptor(process, name),
  ]);
  const { argv } = process;
  const dropListeners = [process, ...OUTPUTS].map(listenersOf);
  const opened = new Set(openFiles());
  process.chdir(cwd ?? HOME);
  setEnvironment(env);
  process.argv = [process.execPath, PROGRAM, ...args];
  replace("stdin", Readable.from([]));
  if (out !== null) replace("stdout", out.stream);
  if (err !== null) replace("stderr", err.stream);
  const status = await started();
  const alive = await untilNothingIsLeft();
  for (const drop of dropListeners) drop(status);
  for (const [name, descriptor] of own) Object.defineProperty(process, name, descriptor);
  process.argv = argv;
  const left = [...alive, ...openFiles().filter((one) => !opened.has(one))];
  return { status, stdout: out?.text() ?? "", stderr: err?.text() ?? "", left };
}

/** The next line; null where the test has ended. */
function lineOf(descriptor) {
  const chunk = Buffer.alloc(65_536);
  for (let text = ""; ; ) {
    const length = readSync(descriptor, chunk);
    if (length === 0) return null;
    text += chunk.toString("latin1", 0, length);
    if (text.endsWith("\n")) return Buffer.from(text, "latin1").toString("utf8");
  }
}

const requests = openSync(requestsPath, "r");
const answers = openSync(answersPath, "w");
for (let line = lineOf(requests); line !== null; line = lineOf(requests)) {
  const request = JSON.parse(line);
  const answer = await runOnce(request);
  // Behind all that the run wrote there, so that who reads a terminal knows where it ends.
  if (request.mark !== undefined) writeSync(1, request.mark);
  const bytes = Buffer.from(`${JSON.stringify(answer)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(answers, bytes, at);
}
closeSync(answers);
