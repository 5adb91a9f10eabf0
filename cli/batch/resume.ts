/** A run that was interrupted goes on where its result file ends. */
import { Buffer } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { InputReport } from "../../rules/engine/report.ts";
import { UsageError } from "../errors.ts";
import { wholeLines } from "../io/lines.ts";
import { asWriteError } from "../io/write-file.ts";
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

/**
 * Opens the file, or makes it. Throws UsageError where that fails; `done` does where the file holds something else. `output` throws
 * WriteError.
 */
export async function openResumeFile(path: string): Promise<ResumeFile> {
  const file = await openFile(path);
  const done = async function* (): AsyncGenerator<DoneTask, void, undefined> {
    await checkBeginning(file, path);
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
    const end = current?.start ?? 0;
    await attempted(path, () => file.truncate(end));
  };
  let end: number | null = null;
  const write = async (text: string): Promise<void> => {
    const bytes = Buffer.from(text);
    // A disk that gets full takes a part and says so at the next write only.
    for (let at = 0; at < bytes.length; ) {
      end ??= (await file.stat()).size;
      const { bytesWritten } = await file.write(bytes, at, bytes.length - at, end);
      end += bytesWritten;
      at += bytesWritten;
    }
  };
  const finish = async (): Promise<void> => {
    await file.sync();
    await file.close();
  };
  return {
    done,
    output: {
      isTerminal: false,
      columns: undefined,
      write: (text) => attempted(path, () => write(text)),
      finish: () => attempted(path, finish),
    },
  };
}

/** Throws WriteError. What was written stays: the same line goes on from there. */
async function attempted(path: string, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    throw asWriteError(path, error);
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    // Made where it is missing, never emptied.
    const file = await open(path, "a+");
    const isFile = (await file.stat()).isFile();
    await file.close();
    if (isFile) return await open(path, "r+");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--resume: ${printable(path)} cannot be opened: ${printable(reason)}.`);
  }
  throw new UsageError(`--resume: ${printable(path)} is no file. Name a file that can be read and written.`);
}

/** How every line begins, as elements of `inputs` are written: the path, then the place. */
const PATH_START = '{"path":"';
const PATH = /^(?:[^"\\]|\\(?:.|$))*/s;
const PLACE_START = '","place":';
/** More than any path takes in JSON. */
const HEAD_BYTES = 32_768;

/** A file without a line break may be the beginning of the first line, or somebody's dump: that is not cut off. */
async function checkBeginning(file: FileHandle, path: string): Promise<void> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
  const head = buffer.toString("latin1", 0, bytesRead);
  const behindStart = head.slice(PATH_START.length);
  const behindPath = behindStart.slice(PATH.exec(behindStart)?.[0].length);
  const isPathOpen = behindPath === "" && bytesRead === HEAD_BYTES;
  if (!isLike(head, PATH_START) || !isLike(behindPath, PLACE_START) || isPathOpen) throw notResults(path, 0);
}

/** As far as both go. */
function isLike(text: string, start: string): boolean {
  return text.slice(0, start.length) === start.slice(0, text.length);
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
