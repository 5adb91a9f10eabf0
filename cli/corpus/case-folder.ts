/** The files of a case: exactly one input, what is expected of it, perhaps what its repair is to make. */
import { access, constants, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { asParseError } from "../../library/input/system-errors.ts";
import { ParseError } from "../../parsers/errors.ts";

export const EXPECTATION_FILE = "expected.json";
export const README_FILE = "README.md";
const INPUT_START = "input.";
const REPAIRED_START = "repaired.";

export interface CaseFiles {
  readonly folder: string;
  readonly input: string;
  /** Null where none is there. */
  readonly repaired: string | null;
}

/** True for the path of a case's input. */
export function isCaseInput(path: string): boolean {
  return nameOf(path).startsWith(INPUT_START);
}

/** True for the path of a file that makes its folder a case; of one that lost its input the expectation tells. */
export function isCaseFile(path: string): boolean {
  return isCaseInput(path) || nameOf(path) === EXPECTATION_FILE;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Throws ParseError for a folder that cannot be listed, or of which nobody could say what its input is. */
export async function readCaseFolder(folder: string): Promise<CaseFiles> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw asParseError(error);
  });
  const input = only(names, INPUT_START);
  if (input === null || !(await isReadableFile(join(folder, input)))) throw noInput();
  const repaired = only(names, REPAIRED_START);
  return { folder, input: join(folder, input), repaired: repaired && join(folder, repaired) };
}

/** Throws ParseError where there may be a file that cannot be read: that is no judgement to be expected from now on. */
async function isReadableFile(path: string): Promise<boolean> {
  try {
    await access(path, constants.R_OK);
    return (await stat(path)).isFile();
  } catch (error) {
    const why = asParseError(error);
    if (why.code === "not-found") return false;
    throw why;
  }
}

function only(names: readonly string[], start: string): string | null {
  const [found, ...more] = names.filter((name) => name.startsWith(start));
  if (more.length > 0) throw wrongCount(start, `${more.length + 1} of them`);
  return found ?? null;
}

function noInput(): ParseError {
  return new ParseError({
    code: "not-found",
    expected: `one file ${INPUT_START}* in the folder of a case`,
    found: "none",
    next: "Bring the input back, or take the case away.",
  });
}

function wrongCount(start: string, found: string): ParseError {
  return new ParseError({
    code: "bad-structure",
    expected: `one file ${start}* in the folder of a case`,
    found,
    next: "Give each case a folder of its own.",
  });
}
