/**
 * Mutates the inputs of the corpus and has varscope judge, inspect and repair them: `npm run fuzz -- --seconds N`. A fault
 * is a crash, a hang, an end for want of memory, or a property that does not hold (try-input.ts); its input is made
 * smaller as long as the fault stays, and kept in fuzz-findings/.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, Worker } from "node:worker_threads";
import { inputOf, readSeeds } from "./inputs.ts";
import { minimise } from "./minimise.ts";
import { trialOf, trialSetup, tryAlone } from "./trial.ts";
import { fuzzForever, type WorkerMessage, type WorkerSetup } from "./worker.ts";

const HANG_MS = 20_000;
const LOOK_EVERY_MS = 250;
const MAX_HEAP_MB = 512;
const CORPUS = "corpus";
const FINDINGS = "fuzz-findings";

interface Fault {
  readonly index: number;
  readonly message: string;
}

async function fuzz(seconds: number, seed: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "varscope-fuzz-"));
  const results = new Map<string, number>();
  const faults: Fault[] = [];
  const heaps: number[] = [];
  const note = (message: WorkerMessage): void => {
    if (message.kind === "fault") faults.push(message);
    else {
      heaps.push(message.heapBytes);
      for (const [result, count] of Object.entries(message.results))
        results.set(result, (results.get(result) ?? 0) + count);
    }
  };
  const end = Date.now() + seconds * 1000;
  const step = availableParallelism();
  await Promise.all(
    [...Array(step).keys()].map((first) => runThread({ folder, seed, first, step }, end, note)),
  );
  report(results, heaps);
  const seeds = readSeeds(CORPUS);
  for (const fault of unique(faults)) await keep(fault, inputOf(seeds, seed, fault.index).bytes, folder);
  rmSync(folder, { recursive: true });
  process.stdout.write(`${faults.length} faults, seed ${seed}\n`);
  return faults.length === 0 ? 0 : 1;
}

type Setup = Omit<WorkerSetup, "corpus" | "state">;

/** Keeps one thread going until `end`; one that hangs or dies is replaced behind the input that did it. */
async function runThread(setup: Setup, end: number, note: (message: WorkerMessage) => void): Promise<void> {
  for (let first = setup.first; Date.now() < end; ) {
    const state = new Int32Array(new SharedArrayBuffer(4));
    state[0] = first;
    const workerData: WorkerSetup = { ...setup, first, corpus: CORPUS, state };
    const worker = new Worker(process.argv[1] ?? "", {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    worker.on("message", note);
    const fault = await watch(worker, state, end);
    await worker.terminate();
    const index = Atomics.load(state, 0);
    if (fault !== null) note({ kind: "fault", index, message: fault });
    first = index + setup.step;
  }
}

/** How the thread ended before its time; null where it did not. */
function watch(worker: Worker, state: Int32Array, end: number): Promise<string | null> {
  return new Promise((resolve) => {
    let [index, since] = [-1, Date.now()];
    const timer = setInterval(() => {
      const now = Atomics.load(state, 0);
      if (now !== index) [index, since] = [now, Date.now()];
      const fault = Date.now() - since > HANG_MS ? "it hangs" : null;
      if (fault === null && Date.now() < end) return;
      clearInterval(timer);
      resolve(fault);
    }, LOOK_EVERY_MS);
    worker.on("error", (error) => {
      clearInterval(timer);
      resolve(String(error));
    });
  });
}

/** One of each kind: the first lines of the stack tell kinds apart. */
function unique(faults: readonly Fault[]): Fault[] {
  const kinds = new Map<string, Fault>();
  for (const fault of faults) {
    const kind = fault.message.split("\n").slice(0, 3).join("\n");
    if (!kinds.has(kind)) kinds.set(kind, fault);
  }
  return [...kinds.values()];
}

async function keep(fault: Fault, bytes: Uint8Array, folder: string): Promise<void> {
  // Making it small takes minutes at times.
  process.stdout.write(`FAULT in input ${fault.index}:\n${fault.message}\n`);
  const trial = trialOf(folder, process.argv[1] ?? "", fault.index);
  const small = await minimise(bytes, trial);
  mkdirSync(FINDINGS, { recursive: true });
  const path = join(FINDINGS, `${fault.index}.bin`);
  writeFileSync(path, small);
  process.stdout.write(`kept as ${path} (${small.length} bytes)\n`);
}

function report(results: ReadonlyMap<string, number>, heaps: readonly number[]): void {
  const tried = [...results.values()].reduce((sum, count) => sum + count, 0);
  process.stdout.write(`${tried} inputs tried:\n`);
  for (const [result, count] of [...results].sort(([, a], [, b]) => b - a))
    process.stdout.write(`${String(count).padStart(9)}  ${result}\n`);
  const [early, late] = [heaps.slice(0, heaps.length / 2), heaps.slice(heaps.length / 2)].map((half) =>
    Math.round(Math.max(0, ...half) / 1_048_576),
  );
  process.stdout.write(`heap at most ${early} MiB in the first half, ${late} MiB in the second\n`);
}

async function start(): Promise<number> {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "60" }, seed: { type: "string", default: "1" } },
  });
  return fuzz(Number(values.seconds), Number(values.seed));
}

function serve(): Promise<void> {
  const setup = trialSetup();
  return setup === null ? fuzzForever() : tryAlone(setup);
}

if (isMainThread) process.exitCode = await start();
else await serve();
