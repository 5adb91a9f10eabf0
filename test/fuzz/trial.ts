/** One input tried by itself, in a thread that may hang or die of it. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, Worker, workerData } from "node:worker_threads";
import { makeTryInput } from "./try-input.ts";

const HANG_MS = 20_000;
const MAX_HEAP_MB = 512;

export interface TrialSetup {
  readonly trial: string;
}

/** Answers whether an input makes varscope fail. `program` is the file that serves in the thread. */
export function trialOf(folder: string, program: string): (bytes: Uint8Array) => Promise<boolean> {
  const path = join(folder, "trial");
  return async (bytes) => {
    writeFileSync(path, bytes);
    const worker = new Worker(program, {
      workerData: { trial: path } satisfies TrialSetup,
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

/** The path to try, where this thread is to try one. */
export function trialPath(): string | null {
  const { trial = null } = workerData as Partial<TrialSetup>;
  return trial;
}

export async function tryAlone(path: string): Promise<void> {
  const tryInput = await makeTryInput();
  const fine = await tryInput(path).then(
    () => true,
    () => false,
  );
  parentPort?.postMessage(fine);
}
