/** A run that was interrupted goes on where its result file ends. */
import { Buffer } from "node:buffer";
import { type FileHandle, open } from "node:fs/promises";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { misfitOf, misfitText, notLike } from "../../parsers/text/json-misfit.ts";
import type { InputReport } from "../../report/input.ts";
import type { Output } from "../../report/render/output.ts";
import { printable } from "../../report/render/printable.ts";
import { checkResult } from "../../report/schemas/checks.generated.ts";
import { UsageError } from "../errors.ts";
import { type Line, wholeLines } from "../io/lines.ts";
import { asWriteError } from "../io/write-file.ts";

/** What the file holds of one task: all its elements. */
export interface DoneTask {
  readonly place: number;
  readonly reports: readonly InputReport[];
  /**
   * Null but for the last one, of which nobody knows whether it is complete: what stands of a line behind it, or of the first
   * line where nothing else is there, and then there are no reports.
   */
  readonly cut: Uint8Array | null;
}

export interface ResumeFile {
  /**
   * The tasks that were done, in order, and at the end the one with `cut`, which is to be done again. Whoever takes on behind that
   * one has seen that all of it belongs to this run: then the file is cut in front of it.
   */
  readonly done: () => AsyncGenerator<DoneTask, void, undefined>;
  /** Writes behind what was done. */
  readonly output: Output;
  /** For whoever is done with it, whatever came of it. */
  readonly close: () => Promise<void>;
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
    const lines = wholeLines(file, PARSER_LIMITS.maxResultLineBytes, tooLong);
    let rest = 0;
    for (let next = await lines.next(); ; next = await lines.next()) {
      if (next.done === true) {
        rest = next.value;
        break;
      }
      const report = readReport(next.value, path);
      if (current !== null && report.place === current.place) {
        current.reports.push(report);
        continue;
      }
      if (current !== null) yield { ...current, cut: null };
      current = { place: report.place, start: next.value.start, reports: [report] };
    }
    const { size } = await file.stat();
    const head = await file.read(Buffer.alloc(Math.min(rest, HEAD_BYTES)), 0, null, size - rest);
    const cut = head.buffer.subarray(0, head.bytesRead);
    if (current !== null || cut.length > 0) yield { place: 0, reports: [], ...current, cut };
    const end = current?.start ?? 0;
    if (end < size) await attempted(path, () => file.truncate(end));
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
  return {
    done,
    close: () => file.close(),
    output: {
      isTerminal: false,
      columns: undefined,
      write: (text) => attempted(path, () => write(text)),
      finish: () => attempted(path, () => file.sync()),
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

/** How a line of results begins that is about `path`, or with `isMember` about a member of it. */
export function lineStart(path: string, place: number, isMember: boolean): string {
  const start = JSON.stringify(path).slice(0, -1);
  return isMember ? `{"path":${start}!` : `{"path":${start}${PLACE_START}${place},`;
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

const NO_JSON = notLike("", "JSON");

function readReport({ text, number, start }: Line, path: string): InputReport {
  let misfit = NO_JSON;
  try {
    const value: unknown = JSON.parse(text);
    const found = misfitOf(checkResult, value);
    if (found === null) return value as InputReport;
    misfit = found;
  } catch {
    // Told below.
  }
  throw notResults(path, start, `: line ${number}: ${misfitText(misfit)}`);
}

function notResults(path: string, offset: number, why = ""): UsageError {
  return new UsageError(
    `--resume: ${printable(path)} holds no results of analyze at byte ${offset}${why}. Name a new file, or one that an interrupted run has written.`,
  );
}
