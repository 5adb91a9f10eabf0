/** What is wrong with how an archive ends: of exports and of appliances alike. */
import type { TarEnd } from "./tar-walker.ts";

/** Why reading ended before the archive did. */
export interface ReadingFailure {
  readonly isCut: boolean;
  readonly message: string;
}

export interface EndingProblem {
  readonly code: "truncated" | "unreadable" | "end-missing" | "trailing-data";
  /** Name of the member that it is about; null for the archive. */
  readonly name: string | null;
  readonly offset: number;
  readonly message: string;
}

/** `failure` is null where all of it was read. `currentName`: the member that was read last. */
export function endingProblems(
  { bytes, endOffset, missingBytes, trailingOffset }: TarEnd,
  failure: ReadingFailure | null,
  currentName: string | null,
): EndingProblem[] {
  const problems: EndingProblem[] = [];
  if (failure !== null)
    problems.push({
      code: failure.isCut ? "truncated" : "unreadable",
      name: null,
      offset: bytes,
      message: failure.message,
    });
  else if (missingBytes > 0)
    problems.push({
      code: "truncated",
      name: currentName,
      offset: bytes,
      message: `the archive ends ${missingBytes} bytes before its member does`,
    });
  else if (endOffset === null)
    problems.push({
      code: "end-missing",
      name: null,
      offset: bytes,
      message: "the two blocks of zeros that end an archive are missing: it is cut",
    });
  if (trailingOffset !== null)
    problems.push({
      code: "trailing-data",
      name: null,
      offset: trailingOffset,
      message: "data stands behind the end of the archive",
    });
  return problems;
}
