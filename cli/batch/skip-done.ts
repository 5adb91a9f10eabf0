/** Leaves out of a run what its result file holds already. */

import type { Outcome } from "../../library/judge/outcome.ts";
import type { Task } from "../../library/judge/task.ts";
import { printable } from "../../report/render/printable.ts";
import { tallyOf } from "../../report/tally.ts";
import { UsageError } from "../errors.ts";
import { type DoneTask, lineStart, type ResumeFile } from "./resume.ts";

interface Counter {
  readonly count: (outcome: Pick<Outcome, "tally" | "error">) => void;
  /** What was counted last was the last of its folder. */
  readonly leaveFolder: () => void;
}

/**
 * The tasks that are still to be done; those that are done are counted, and `passOver` is told. Throws UsageError where the file's results are
 * not those of these tasks.
 */
export async function* skipDone(
  tasks: AsyncIterable<Task>,
  { done }: ResumeFile,
  counter: Counter,
  passOver: () => void,
): AsyncGenerator<Task, void, undefined> {
  const results = done();
  let next = await results.next();
  /** What is to be done once the last result was found to belong to this run, the end of the file with it. */
  const waiting: Task[] = [];
  for await (const task of tasks) {
    if (next.done === true) {
      yield task;
      continue;
    }
    const { cut } = next.value;
    if (cut !== null) {
      const isFirst = waiting.length === 0 && next.value.reports.length > 0;
      if (isFirst && task.kind === "folder-end" && task.place < next.value.place) {
        counter.leaveFolder();
        continue;
      }
      if (isFirst) checkPlace(next.value, task);
      waiting.push(task);
      // An element of the last task, or the first one of the next file; the end of a folder may stand between them.
      if (!belongs(cut, task) && (isFirst || task.kind === "folder-end")) continue;
      if (!waiting.some((one) => belongs(cut, one)))
        throw otherRun(`a cut line that is none of ${told(task)}`);
      next = await results.next();
      yield* waiting;
      continue;
    }
    // The end of a folder is told only where nothing was recognised in it.
    const isTold = task.kind === "file" || next.value.place <= task.place;
    if (isTold) {
      checkPlace(next.value, task);
      for (const report of next.value.reports) {
        const isNamed = task.kind === "folder-end" || task.isNamed;
        counter.count({ tally: tallyOf(report, isNamed), error: report.error });
      }
      next = await results.next();
    }
    if (task.kind === "folder-end") counter.leaveFolder();
    else passOver();
  }
  if (next.done !== true) throw otherRun("more results than there are inputs");
}

/** True for the beginning of a line about the task, as far as both go; for nothing as well. */
function belongs(cut: Uint8Array, { path, place }: Task): boolean {
  return [true, false].some((isMember) => {
    const start = Buffer.from(lineStart(path, place, isMember));
    const length = Math.min(start.length, cut.length);
    return start.subarray(0, length).equals(cut.subarray(0, length));
  });
}

function told({ path, place }: Task): string {
  return `${place}: ${printable(path)}`;
}

function checkPlace({ place, reports }: DoneTask, task: Task): void {
  const [first] = reports;
  const isMember = first?.path.startsWith(`${task.path}!`) === true;
  if (place === task.place && (first?.path === task.path || isMember)) return;
  const found = first === undefined ? "nothing" : `${place}: ${printable(first.path)}`;
  throw otherRun(`${found} where ${told(task)} was expected`);
}

function otherRun(found: string): UsageError {
  return new UsageError(`--resume: these are the results of another run: ${found}. Name the same inputs.`);
}
