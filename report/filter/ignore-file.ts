/**
 * `--ignore-file`: findings that somebody has looked at and accepted, each with a reason and until when. It is text of whoever wrote it:
 * nothing in it is taken for a pattern, and what is shown of it is made printable.
 */
import type { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { type Misfit, misfitError, misfitOf, notLike } from "../../parsers/text/json-misfit.ts";
import { parseJson } from "../../parsers/text/json-text.ts";
import { unwrapText } from "../../parsers/text/text-encoding.ts";
import { RULES } from "../../rules/index.ts";
import { isDay } from "../day.ts";
import { clip } from "../render/printable.ts";
import { checkIgnoreFile } from "../schemas/checks.generated.ts";

/** What is ignored, where: of `vm`, `path` and `variable` those that are given must all be so. */
export interface IgnoreEntry {
  readonly rule: string;
  /** UUID of the VM, or its name as it is. */
  readonly vm?: string;
  /** Of the input; or a folder or archive that it lies in. */
  readonly path?: string;
  /** Name of the variable. */
  readonly variable?: string;
  readonly reason: string;
  /** `YYYY-MM-DD`, the last day on which it counts. */
  readonly until: string;
}

const MAX_SHOWN = 80;

/** Throws ParseError for what is no such file. */
export function readIgnoreFile(bytes: Uint8Array): readonly IgnoreEntry[] {
  const value: unknown = parseJson(unwrapText(bytes));
  const misfit = misfitOf(checkIgnoreFile, value);
  if (misfit !== null) throw wrong(misfit);
  const entries = value as readonly IgnoreEntry[];
  if (entries.length > PARSER_LIMITS.maxIgnoreEntries)
    throw wrong({
      ...notLike("", ""),
      expected: `at most ${PARSER_LIMITS.maxIgnoreEntries} entries`,
      found: `${entries.length}`,
    });
  const known = new Set(RULES.map(({ meta }) => meta.id));
  for (const [i, { rule, until }] of entries.entries()) {
    // What is written wrongly would ignore nothing, and nobody would know why.
    if (!known.has(rule))
      throw wrong({ ...notLike(`[${i}].rule`, "the id of a rule"), found: `"${clip(rule, MAX_SHOWN)}"` });
    if (!isDay(until)) throw wrong(notLike(`[${i}].until`, "a day as YYYY-MM-DD"));
  }
  return entries;
}

function wrong(misfit: Misfit): ParseError {
  return misfitError(
    misfit,
    'An entry is like { "rule": "…", "vm": "…", "reason": "…", "until": "YYYY-MM-DD" }: vm, path or variable, or several of them, each as it is: * stands for itself.',
  );
}
