/** Makes the filter of `--only`, `--ignore`, `--min-severity` and `--ignore-file`. */
import { ParseError } from "../parsers/errors.ts";
import { PARSER_LIMITS } from "../parsers/limits.ts";
import type { FilterSettings } from "../report/filter/filter.ts";
import type { IgnoreEntry } from "../report/filter/ignore-file.ts";
import { printable } from "../report/render/printable.ts";
import { UsageError } from "./errors.ts";
import { readSmallFile } from "./io/read-small-file.ts";
import type { CommonOptions, FilterOptions } from "./options.ts";

/** The filter; null where all findings are shown. Throws UsageError for a wrong ignore file, UnreadableFile where it cannot be read. */
export async function filterSettings({
  only,
  ignore,
  minSeverity,
  ignoreFile,
  asOf,
}: FilterOptions & Pick<CommonOptions, "asOf">): Promise<FilterSettings | null> {
  const isAsked = only.length + ignore.length > 0 || minSeverity !== "info" || ignoreFile !== null;
  if (!isAsked) return null;
  const entries = ignoreFile === null ? [] : await readEntries(ignoreFile);
  return { only, ignore, minSeverity, entries, asOf };
}

async function readEntries(path: string): Promise<readonly IgnoreEntry[]> {
  const { readIgnoreFile } = await import("../report/filter/ignore-file.ts");
  const bytes = await readSmallFile(path, PARSER_LIMITS.maxIgnoreFileBytes);
  try {
    return readIgnoreFile(bytes);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new UsageError(`--ignore-file: ${printable(path)}: ${printable(error.message)}`);
  }
}
