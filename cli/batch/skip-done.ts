/** Leaves out of a run what its result file holds already. */
import { UsageError } from "../errors.ts";
import type { Task } from "../inputs.ts";
import { printable } from "../render/printable.ts";
import { tallyOf } from "../tally.ts";
import type { Outcome } from "./outcome.ts";
import type { DoneTask, ResumeFile } from "./resume.ts";

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
  for await (const task of tasks) {
    if (next.done === true) {
      yield task;
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

function checkPlace({ place, reports }: DoneTask, task: Task): void {
  const [first] = reports;
  const isMember = first?.path.startsWith(`${task.path}!`) === true;
  if (place === task.place && (first?.path === task.path || isMember)) return;
  const found = first === undefined ? "nothing" : `${place}: ${printable(first.path)}`;
  throw otherRun(`${found} where ${task.place}: ${printable(task.path)} was expected`);
}

function otherRun(found: string): UsageError {
  return new UsageError(`--resume: these are the results of another run: ${found}. Name the same inputs.`);
}
