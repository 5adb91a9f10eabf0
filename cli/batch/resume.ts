/** A run that was interrupted goes on where its result file ends. */
import { type FileHandle, open } from "node:fs/promises";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { InputReport } from "../../rules/engine/report.ts";
import { UsageError } from "../errors.ts";
import { wholeLines } from "../io/lines.ts";
import type { Output } from "../output.ts";
import { printable } from "../render/printable.ts";

/** What the file holds of one task: all its elements. */
export interface DoneTask {
  readonly place: number;
  readonly reports: readonly InputReport[];
}

export interface ResumeFile {
  /**
   * The tasks that were done, in order. The last one of the file is left out: nobody knows whether it is complete. Once
   * all were taken, the file ends behind them.
   */
  readonly done: () => AsyncGenerator<DoneTask, void, undefined>;
  /** Writes behind what was done. */
  readonly output: Output;
}

/** Opens the file, or makes it. Throws UsageError where that fails; `done` does where the file holds something else. */
export async function openResumeFile(path: string): Promise<ResumeFile> {
  const file = await openFile(path);
  const done = async function* (): AsyncGenerator<DoneTask, void, undefined> {
    let current: { place: number; start: number; reports: InputReport[] } | null = null;
    const tooLong = (start: number): UsageError => notResults(path, start);
    for await (const { text, start } of wholeLines(file, PARSER_LIMITS.maxResultLineBytes, tooLong)) {
      const report = readReport(text, path, start);
      if (current !== null && report.place === current.place) {
        current.reports.push(report);
        continue;
      }
      if (current !== null) yield current;
      current = { place: report.place, start, reports: [report] };
    }
    await file.truncate(current?.start ?? 0);
  };
  let end: number | null = null;
  const write = async (text: string): Promise<void> => {
    end ??= (await file.stat()).size;
    const { bytesWritten } = await file.write(text, end, "utf8");
    end += bytesWritten;
  };
  const finish = async (): Promise<void> => {
    await file.sync();
    await file.close();
  };
  return { done, output: { isTerminal: false, columns: undefined, write, finish } };
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Made where it is missing, never emptied.
    const file = await open(path, "a+");
    await file.close();
    return await open(path, "r+");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--resume: ${printable(path)} cannot be opened: ${printable(reason)}.`);
  }
}

function readReport(text: string, path: string, start: number): InputReport {
  try {
    const value: unknown = JSON.parse(text);
    if (isInputReport(value)) return value;
  } catch {
    // Told below.
  }
  throw notResults(path, start);
}

/** True for what is an element of `inputs`, as far as totals need it. */
export function isInputReport(value: unknown): value is InputReport {
  if (typeof value !== "object" || value === null) return false;
  const { path, place, vms, findings } = value as Partial<Record<keyof InputReport, unknown>>;
  return (
    typeof path === "string" && Number.isSafeInteger(place) && Array.isArray(vms) && Array.isArray(findings)
  );
}

function notResults(path: string, offset: number): UsageError {
  return new UsageError(
    `--resume: ${printable(path)} holds no results of analyze at byte ${offset}. Name a new file, or one that an interrupted run has written.`,
  );
}
