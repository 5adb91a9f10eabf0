/** Many cases checked by several threads; the rows come out in the order of the cases. */

import { availableParallelism } from "node:os";
import type { CaseReport } from "../../report/corpus/case-report.ts";
import { errorReport } from "../../report/error-report.ts";
import { takeTasks, threadDied } from "../batch/in-order.ts";
import { affordableJobs } from "../batch/open-files.ts";
import { WorkerPool } from "../batch/worker-pool.ts";
import { judgingSettings } from "../settings.ts";
import type { CaseOptions, CaseRequest } from "./case-work.ts";
import { checkCase } from "./check-case.ts";
import type { CaseTask } from "./list-cases.ts";

/** With fewer cases a thread takes longer to start than it saves. */
const WORTH_THREADS = 24;
/** Cases that a thread gets at once, and batches that are on their way for each thread. */
const BATCH_CASES = 4;
const BATCHES_AHEAD = 4;

export type CaseReply = readonly CaseReport[];

/** In a thread: rows for cases. Throws UsageError for a reference that cannot be read. */
export async function caseAnswers(
  options: CaseOptions,
): Promise<(request: CaseRequest) => Promise<CaseReply>> {
  const settings = await judgingSettings(options);
  return async ({ cases }) => {
    const rows: CaseReport[] = [];
    for (const one of cases) rows.push(await checkCase({ ...one, error: null }, settings));
    return rows;
  };
}

export async function* checkInOrder(
  tasks: AsyncIterable<CaseTask>,
  { asOf, references, jobs: given }: CaseOptions & { readonly jobs: number | null },
): AsyncGenerator<CaseReport, void, undefined> {
  const options = { asOf, references };
  const settings = await judgingSettings(options);
  const source = tasks[Symbol.asyncIterator]();
  const jobs = affordableJobs(given ?? availableParallelism());
  const first = await takeTasks(source, given === null ? WORTH_THREADS : 2);
  const isWorth = jobs > 1 && first.length === (given === null ? WORTH_THREADS : 2);
  if (!isWorth) {
    for await (const task of chain(first, source)) yield await checkCase(task, settings);
    return;
  }
  const pool = new WorkerPool<CaseRequest, CaseReply>(jobs, { kind: "cases", options });
  const here = (task: CaseTask): Promise<CaseReport> => checkCase(task, settings);
  try {
    const rest = chain(first, source);
    const ahead: Promise<CaseReply>[] = [];
    for (let ended = false; ; ) {
      while (!ended && ahead.length < jobs * BATCHES_AHEAD) {
        const batch = await takeTasks(rest, BATCH_CASES);
        ended = batch.length < BATCH_CASES;
        ahead.push(checkBatch(batch, pool, here));
      }
      const next = ahead.shift();
      if (next === undefined) return;
      yield* await next;
    }
  } finally {
    await pool.close();
  }
}

async function* chain(first: readonly CaseTask[], source: AsyncIterator<CaseTask>): AsyncGenerator<CaseTask> {
  yield* first;
  for (let next = await source.next(); next.done !== true; next = await source.next()) yield next.value;
}

/** A place that could not be listed has an error, which does not survive the way to a thread. */
async function checkBatch(
  batch: readonly CaseTask[],
  pool: WorkerPool<CaseRequest, CaseReply>,
  here: (task: CaseTask) => Promise<CaseReport>,
): Promise<CaseReply> {
  const sent = batch.filter(({ error }) => error === null);
  const reply = sent.length === 0 ? [] : await pool.judge({ cases: sent });
  // A thread died of one of them; each gets one of its own, so that only the guilty one is a row of error.
  const rows =
    reply ??
    (await Promise.all(sent.map(async (one) => (await pool.judge({ cases: [one] }))?.[0] ?? died(one))));
  let at = 0;
  return Promise.all(batch.map((task) => (task.error === null ? (rows[at++] ?? died(task)) : here(task))));
}

function died({ place, below }: CaseTask): CaseReport {
  const error = errorReport(threadDied());
  return { place, case: below, status: "failed", error, byVerdict: {}, changes: [], written: [] };
}
