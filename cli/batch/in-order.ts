/** Many files judged by several threads; what comes out stands in the order of the inputs. */
import { availableParallelism } from "node:os";
import { errorInput } from "../../library/judge/judge.ts";
import type { Wanted } from "../../library/judge/judged-copies.ts";
import { type Outcome, outcomeOf } from "../../library/judge/outcome.ts";
import type { FileTask, Task } from "../../library/judge/task.ts";
import { ParseError } from "../../parsers/errors.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { type FileJudge, type JudgeOptions, makeFileJudge } from "./judge.ts";
import { affordableJobs } from "./open-files.ts";
import type { BatchReply, BatchRequest } from "./thread-work.ts";
import type { WorkerPool } from "./worker-pool.ts";

/** With fewer files a thread takes longer to start than it saves. */
const WORTH_THREADS = 32;
/** Files that a thread gets at once: a message costs as much as a tenth of a judgement. */
const BATCH_FILES = 16;
/** Batches that are on their way, for each thread: none waits for the reader of results, and memory stays bounded. */
const BATCHES_AHEAD = 4;

/** How long a signal may wait. Measured by process.uptime(): `performance` is a module to load, which takes 1 ms. */
const TURN_SECONDS = 0.05;

/** One file of the run and what came of it. */
export interface Judged {
  readonly task: Task;
  /** None for the end of a folder. */
  readonly outcomes: AsyncIterable<Outcome> | Iterable<Outcome>;
}

export interface RunOptions extends JudgeOptions {
  /** Threads; null: as many as the machine has cores, where there are enough files. */
  readonly jobs: number | null;
}

/** `wanted` is asked before a file is judged. */
export async function* judgeInOrder(
  tasks: AsyncIterable<Task>,
  options: RunOptions,
  wanted: () => Wanted,
): AsyncGenerator<Judged, void, undefined> {
  const local = await makeFileJudge(options);
  const source = tasks[Symbol.asyncIterator]();
  const jobs = affordableJobs(options.jobs ?? availableParallelism());
  const enough = options.jobs === null ? WORTH_THREADS : 1;
  const first = await takeTasks(source, enough + 1);
  if (jobs === 1 || first.length <= enough) {
    yield* judgeHere(first, local, wanted);
    yield* judgeHere(remaining(source), local, wanted);
    return;
  }
  const { WorkerPool } = await import("./worker-pool.ts");
  const pool = new WorkerPool<BatchRequest, BatchReply>(jobs, { kind: "files", options });
  try {
    yield* judgeByThreads(chain(first, source), { pool, local, wanted, jobs });
  } finally {
    await pool.close();
  }
}

/** The next tasks, fewer at the end. */
export async function takeTasks<T>(source: AsyncIterator<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  while (taken.length < count) {
    const next = await source.next();
    if (next.done === true) break;
    taken.push(next.value);
  }
  return taken;
}

async function* remaining(source: AsyncIterator<Task>): AsyncGenerator<Task, void, undefined> {
  for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
}

async function* chain(first: readonly Task[], source: AsyncIterator<Task>): AsyncGenerator<Task> {
  yield* first;
  yield* remaining(source);
}

async function* judgeHere(
  tasks: AsyncIterable<Task> | Iterable<Task>,
  judge: FileJudge,
  wanted: () => Wanted,
): AsyncGenerator<Judged, void, undefined> {
  let turned = process.uptime();
  for await (const task of tasks) {
    yield { task, outcomes: task.kind === "file" ? outcomesOf(task, judge, wanted()) : [] };
    if (process.uptime() - turned < TURN_SECONDS) continue;
    await turnOfEventLoop();
    turned = process.uptime();
  }
}

function outcomesOf(task: FileTask, judge: FileJudge, wanted: Wanted): Judged["outcomes"] {
  const outcome = judge.judgeAtOnce(task, wanted);
  return outcome === null ? judge.judge(task, wanted) : [outcome];
}

/** Files are read synchronously: without a turn a signal, and the progress bar, would wait for the last of them. */
function turnOfEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

interface Threads {
  readonly pool: WorkerPool<BatchRequest, BatchReply>;
  readonly local: FileJudge;
  readonly wanted: () => Wanted;
  readonly jobs: number;
}

type Batch = Promise<readonly Judged[]>;

async function* judgeByThreads(
  tasks: AsyncIterator<Task>,
  threads: Threads,
): AsyncGenerator<Judged, void, undefined> {
  const ahead: Batch[] = [];
  for (let ended = false; ; ) {
    while (!ended && ahead.length < threads.jobs * BATCHES_AHEAD) {
      const batch = await takeTasks(tasks, BATCH_FILES);
      ended = batch.length < BATCH_FILES;
      ahead.push(judgeBatch(batch, threads));
    }
    const next = ahead.shift();
    if (next === undefined) return;
    yield* await next;
  }
}

/** What a thread cannot be handed is judged here. */
async function judgeBatch(batch: readonly Task[], threads: Threads): Promise<readonly Judged[]> {
  const { pool, local, wanted } = threads;
  const asked = wanted();
  const sent = batch.filter(isForThreads);
  const reply = sent.length === 0 ? [] : await pool.judge({ tasks: sent, wanted: asked });
  const outcomes = reply ?? (await judgeAlone(sent, asked, threads));
  let at = 0;
  return batch.map((task) => {
    if (task.kind === "folder-end") return { task, outcomes: [] };
    const ofThread = isForThreads(task) ? (outcomes[at++] ?? null) : null;
    return { task, outcomes: ofThread ?? local.judge(task, asked) };
  });
}

/** Only this thread has standard input and the errors of listing. */
function isForThreads(task: Task): task is FileTask {
  return task.kind === "file" && task.path !== STANDARD_INPUT && task.error === null;
}

/** A thread died of one of these files; each gets one of its own, so that only the guilty one is a row of error. */
async function judgeAlone(
  tasks: readonly FileTask[],
  wanted: Wanted,
  { pool }: Threads,
): Promise<BatchReply> {
  const all: (readonly Outcome[] | null)[] = [];
  for (const task of tasks) {
    const reply = await pool.judge({ tasks: [task], wanted });
    const died = [outcomeOf(errorInput(task.path, task.place, threadDied()))];
    all.push(reply === null ? died : (reply[0] ?? null));
  }
  return all;
}

/** What is said of an input that ended its thread. */
export function threadDied(): ParseError {
  return new ParseError({
    code: "defect",
    expected: "a thread that outlives its input",
    found: "that it ended without an answer",
    next: "Analyze this file alone, with --jobs 1, and report it.",
  });
}
