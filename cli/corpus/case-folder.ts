/** The files of a case: exactly one input, what is expected of it, perhaps what its repair is to make. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { ParseError } from "../../parsers/errors.ts";
import { asParseError } from "../io/system-errors.ts";

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

/** True for the path of a file that makes its folder a case. */
export function isCaseInput(path: string): boolean {
  return path.slice(path.lastIndexOf("/") + 1).startsWith(INPUT_START);
}

/** Throws ParseError for a folder that cannot be listed, or of which nobody could say what its input is. */
export async function readCaseFolder(folder: string): Promise<CaseFiles> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw asParseError(error);
  });
  const input = only(names, INPUT_START);
  if (input === null) throw wrongCount(INPUT_START, "none");
  const repaired = only(names, REPAIRED_START);
  return { folder, input: join(folder, input), repaired: repaired && join(folder, repaired) };
}

function only(names: readonly string[], start: string): string | null {
  const [found, ...more] = names.filter((name) => name.startsWith(start));
  if (more.length > 0) throw wrongCount(start, `${more.length + 1} of them`);
  return found ?? null;
}

function wrongCount(start: string, found: string): ParseError {
  return new ParseError({
    code: "bad-structure",
    expected: `one file ${start}* in the folder of a case`,
    found,
    next: "Give each case a folder of its own.",
  });
}
