/** Threads that judge batches of files, or of cases. */
import { realpathSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { currentRemoteKey } from "../io/remote-key.ts";
import { THREAD_MARK } from "./thread-mark.ts";
import type { ThreadData, ThreadWork } from "./thread-work.ts";

/**
 * Of a thread: what an input leaves behind is garbage at once, so that more room for it only takes memory (10,000 dumps: a third more
 * in two threads, and no time less).
 */
const YOUNG_GENERATION_MB = 12;

interface Job<Request, Reply> {
  readonly request: Request;
  readonly resolve: (reply: Reply | null) => void;
}

export class WorkerPool<Request, Reply> {
  readonly #work: ThreadWork;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #waiting: Job<Request, Reply>[] = [];
  readonly #size: number;
  #closed = false;

  /** At most `size` threads, each started when there is work for it. */
  constructor(size: number, work: ThreadWork) {
    this.#size = size;
    this.#work = work;
  }

  /** Null where the thread died of it, as one that needs too much memory does. */
  judge(request: Request): Promise<Reply | null> {
    return new Promise((resolve) => {
      this.#waiting.push({ request, resolve });
      this.#dispatch();
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    while (this.#waiting.length > 0) {
      const worker = this.#idle.pop() ?? (this.#all.size < this.#size ? this.#start() : undefined);
      const job = worker === undefined ? undefined : this.#waiting.shift();
      if (worker === undefined || job === undefined) return;
      this.#run(worker, job);
    }
  }

  #start(): Worker {
    // The program is one file: a thread runs the same one.
    const worker = new Worker(realpathSync(process.argv[1] ?? ""), {
      // A key goes from memory to memory: no argument, variable or file holds it.
      workerData: { ...this.#work, remoteKey: currentRemoteKey() } satisfies ThreadData,
      env: { ...process.env, [THREAD_MARK]: "1" },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB },
    });
    this.#all.add(worker);
    // Nobody waits for a thread that has nothing to do.
    worker.unref();
    return worker;
  }

  #run(worker: Worker, { request, resolve }: Job<Request, Reply>): void {
    const finish = (reply: Reply | null): void => {
      worker.off("message", onMessage);
      worker.off("error", onDeath);
      worker.off("exit", onDeath);
      worker.unref();
      resolve(reply);
    };
    const onMessage = (reply: Reply): void => {
      this.#idle.push(worker);
      finish(reply);
      this.#dispatch();
    };
    const onDeath = (): void => {
      this.#all.delete(worker);
      // An error is followed by an exit, which nobody needs to hear of.
      worker.on("error", () => {});
      finish(null);
      if (!this.#closed) this.#dispatch();
    };
    worker.on("message", onMessage);
    worker.on("error", onDeath);
    worker.on("exit", onDeath);
    worker.ref();
    worker.postMessage(request);
  }
}
