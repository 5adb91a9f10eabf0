/** The results of several parts of one run, joined in the order of the whole run. */
import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { asParseError } from "../../library/input/system-errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { type Misfit, misfitOf, misfitText, notLike } from "../../parsers/text/json-misfit.ts";
import { printable } from "../../report/render/printable.ts";
import { checkCaseResult, checkResult } from "../../report/schemas/checks.generated.ts";
import { UnreadableFile } from "../errors.ts";
import { type Line, wholeLines } from "../io/lines.ts";

/** One line of a result file. */
export interface ResultRow {
  /** As it stands in the file, without its line break. */
  readonly text: string;
  readonly place: number;
  readonly value: Readonly<Record<string, unknown>>;
}

/** A row that is still to be taken, with where it comes from. */
interface Part {
  readonly path: string;
  readonly rows: AsyncIterator<ResultRow, void>;
  next: ResultRow | null;
}

/**
 * All rows, by their place. Rows of one place stay in their order and come from one file; what every part says of a folder
 * as a whole is said once, and only where all parts say it. One row of each file stands in memory. Throws UnreadableFile.
 */
export async function* mergeResults(paths: readonly string[]): AsyncGenerator<ResultRow, void, undefined> {
  const files: FileHandle[] = [];
  try {
    const parts: Part[] = [];
    for (const path of paths) {
      const file = await openResults(path);
      files.push(file);
      const rows = rowsOf(file, path);
      parts.push({ path, rows, next: await take(rows) });
    }
    yield* inOrder(parts);
  } finally {
    for (const file of files) await file.close();
  }
}

async function* inOrder(parts: readonly Part[]): AsyncGenerator<ResultRow, void, undefined> {
  for (;;) {
    const place = parts.reduce(
      (least, { next }) => Math.min(least, next?.place ?? least),
      Number.POSITIVE_INFINITY,
    );
    const [first, ...others] = parts.filter(({ next }) => next?.place === place);
    if (first === undefined || first.next === null) return;
    if (isAboutFolder(first.next)) {
      const row = first.next;
      for (const part of [first, ...others]) await advance(part);
      if (others.length === parts.length - 1) yield row;
      continue;
    }
    const [other] = others;
    if (other !== undefined)
      throw failure(
        `${first.path} and ${other.path}`,
        `both hold place ${place}: they are no two parts of one run`,
      );
    while (first.next?.place === place) {
      yield first.next;
      await advance(first);
    }
  }
}

/** No part of a run knows whether the others have recognised something. */
function isAboutFolder({ value }: ResultRow): boolean {
  const { error } = value as { error?: { code?: unknown } | null };
  return error?.code === "no-dumps";
}

async function take(rows: AsyncIterator<ResultRow, void>): Promise<ResultRow | null> {
  const { value } = await rows.next();
  return value ?? null;
}

async function advance(part: Part): Promise<void> {
  const before = part.next?.place ?? 0;
  part.next = await take(part.rows);
  if (part.next !== null && part.next.place < before)
    throw failure(part.path, `place ${part.next.place} stands behind place ${before}`);
}

async function openResults(path: string): Promise<FileHandle> {
  try {
    // A pipe nobody writes to must not hold up the run.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
  } catch (error) {
    throw failure(path, asParseError(error).message);
  }
  throw failure(path, "it is no regular file, which it must be to be read from any place");
}

async function* rowsOf(file: FileHandle, path: string): AsyncGenerator<ResultRow, void, undefined> {
  const tooLong = (start: number): Error => failure(path, `the line at byte ${start} is too long`);
  const lines = wholeLines(file, PARSER_LIMITS.maxResultLineBytes, tooLong);
  for (let next = await lines.next(); ; next = await lines.next()) {
    if (next.done === true) {
      if (next.value > 0)
        throw failure(path, "its last line is cut: let that part go on with --resume first");
      return;
    }
    yield readRow(next.value, path);
  }
}

/** Throws UnreadableFile, with the line, for what is no result. */
function readRow({ text, number, start }: Line, path: string): ResultRow {
  const value = parsed(text);
  const misfit = value === undefined ? notLike("", "JSON") : resultMisfit(value);
  if (misfit !== null)
    throw failure(
      path,
      `line ${number} (at byte ${start}) is no result of --format ndjson: ${misfitText(misfit)}`,
    );
  const row = value as ResultRow["value"] & { place: number };
  return { text, place: row.place, value: row };
}

/** A line of either kind. */
function resultMisfit(value: unknown): Misfit | null {
  const isCase = typeof value === "object" && value !== null && Object.hasOwn(value, "case");
  return misfitOf(isCase ? checkCaseResult : checkResult, value);
}

/** Undefined for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function failure(path: string, message: string): UnreadableFile {
  return new UnreadableFile(`${printable(path)}: ${message.replace(/\.$/, "")}.`);
}
