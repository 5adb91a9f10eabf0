/** One input tried by itself, in a thread that may hang or die of it. */
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parentPort, Worker, workerData } from "node:worker_threads";
import { wayOf } from "./encrypted.ts";
import { makeTryInput } from "./try-input.ts";

const HANG_MS = 20_000;
const MAX_HEAP_MB = 512;

export interface TrialSetup {
  readonly trial: string;
  /** Which input of the run it was. */
  readonly index: number;
}

/** Answers whether an input makes varscope fail. `program` is the file that serves in the thread. */
export function trialOf(
  folder: string,
  program: string,
  index: number,
): (bytes: Uint8Array) => Promise<boolean> {
  const path = join(folder, "trial");
  return async (bytes) => {
    writeFileSync(path, bytes);
    const worker = new Worker(program, {
      workerData: { trial: path, index } satisfies TrialSetup,
      resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB },
    });
    const failed = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(true), HANG_MS);
      worker.on("message", (fine: boolean) => {
        clearTimeout(timer);
        resolve(!fine);
      });
      worker.on("error", () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
    await worker.terminate();
    return failed;
  };
}

/** What to try, where this thread is to try one input. */
export function trialSetup(): TrialSetup | null {
  const setup = workerData as Partial<TrialSetup>;
  return setup.trial === undefined ? null : (setup as TrialSetup);
}

export async function tryAlone({ trial, index }: TrialSetup): Promise<void> {
  const tryInput = wayOf(index, dirname(trial), await makeTryInput());
  const fine = await tryInput(trial).then(
    () => true,
    () => false,
  );
  parentPort?.postMessage(fine);
}
