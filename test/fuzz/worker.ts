/** A thread that tries inputs one after the other, and says before each which one it is. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { wayOf } from "./encrypted.ts";
import { inputOf, readSeeds } from "./inputs.ts";
import { makeTryInput, type TryInput } from "./try-input.ts";

export interface WorkerSetup {
  readonly corpus: string;
  readonly folder: string;
  readonly seed: number;
  /** Shared with the parent: the index of the input that is being tried, and how many were. */
  readonly state: Int32Array;
  /** Of the indexes from `first` on every `step`-th is this thread's. */
  readonly first: number;
  readonly step: number;
}

/** What a thread tells: totals now and then, or the fault that it found. */
export type WorkerMessage =
  | { readonly kind: "tried"; readonly results: Readonly<Record<string, number>>; readonly heapBytes: number }
  | { readonly kind: "fault"; readonly index: number; readonly message: string };

const TELL_EVERY = 200;

export async function fuzzForever(): Promise<void> {
  const { corpus, folder, seed, state, first, step } = workerData as WorkerSetup;
  const tryInput = await makeTryInput();
  const seeds = readSeeds(corpus);
  const path = join(folder, `input-${first}`);
  let results: Record<string, number> = {};
  for (let index = first, tried = 1; ; index += step, tried++) {
    Atomics.store(state, 0, index);
    const input = inputOf(seeds, seed, index);
    writeFileSync(path, input.bytes);
    const result = await tryOne(wayOf(index, folder, tryInput), path);
    if (typeof result !== "string") {
      parentPort?.postMessage({ kind: "fault", index, message: result.fault } satisfies WorkerMessage);
    } else {
      results[result] = (results[result] ?? 0) + 1;
    }
    if (tried % TELL_EVERY !== 0) continue;
    const heapBytes = process.memoryUsage().heapUsed;
    parentPort?.postMessage({ kind: "tried", results, heapBytes } satisfies WorkerMessage);
    results = {};
  }
}

async function tryOne(tryInput: TryInput, path: string): Promise<string | { readonly fault: string }> {
  try {
    return await tryInput(path);
  } catch (error) {
    return { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
