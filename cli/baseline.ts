/** `analyze --baseline FILE`: an earlier report, read as a stream. */
import { addEarlierInput, Baseline, placeOf, writtenBy } from "../library/judge/baseline.ts";
import { ParseError } from "../parsers/errors.ts";
import { misfitText } from "../parsers/text/json-misfit.ts";
import { KnownCopies } from "../report/baseline/known-copies.ts";
import { listTasks } from "./inputs.ts";
import { savedFailure, savedPieces } from "./saved-report.ts";

export interface BaselineSettings {
  /** All paths of the command line, also for one part of a run (`--shard`). */
  readonly paths: readonly string[];
  /** False for one part of a run: then it is not known what is gone. */
  readonly isWhole: boolean;
}

const LABEL = "--baseline: ";

/** Throws UnreadableFile where the file cannot be read, or is no report of varscope. */
export async function openBaseline(path: string, settings: BaselineSettings): Promise<Baseline> {
  const known = new KnownCopies();
  const version = await readBaseline(path, known);
  for await (const task of listTasks(settings.paths)) known.markPresent(placeOf(task, task.path));
  return new Baseline({ path, version, known, isWhole: settings.isWhole });
}

/** Reads the report. Returns the version of varscope that wrote it; null where the report does not say. */
async function readBaseline(path: string, known: KnownCopies): Promise<string | null> {
  let version: string | null = null;
  try {
    for await (const { name, text, place } of savedPieces(path, LABEL)) {
      if (name === "tool") version = writtenBy(text);
      if (name !== "inputs") continue;
      const misfit = addEarlierInput(text, known);
      if (misfit === null) continue;
      throw savedFailure(path, LABEL, `${place} is no result of analyze: ${misfitText(misfit)}`);
    }
  } catch (error) {
    if (error instanceof ParseError) throw savedFailure(path, LABEL, error.message);
    throw error;
  }
  return version;
}
