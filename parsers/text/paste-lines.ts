/** Text as people paste it: quote marks of mails, times and numbers of lines, quotation marks of source code around each line. */

const QUOTE = /^[ \t]*(?:>[ \t]?)+/;
/** The time that `ts`, a terminal's own log or a chat puts before each line: `Nov 20 10:11:12 `, `[2026-11-20T10:11:12.345Z] `, `10:11:12 `. */
export const LINE_TIME_PATTERN: string =
  "\\[?(?:\\d{4}-\\d\\d-\\d\\d[T ]|[A-Z][a-z]{2} [ \\d]\\d )?\\d\\d:\\d\\d:\\d\\d(?:[.,]\\d{1,9})?(?:Z|[+-]\\d\\d:?\\d\\d)?\\]?";
const LINE_TIME = new RegExp(`^[ \\t]*${LINE_TIME_PATTERN}(?:[ \\t]|$)`);
/** As `cat -n`, `grep -n`, editors and forums number lines. */
const NUMBERED = /^[ \t]*(\d{1,7})(?:\t|:[ \t]?|[ \t]{0,4}\|[ \t]?|[.)][ \t]|[ \t]{1,4})(.*)$/;
/** A string of source code that is base64 and nothing else. */
const STRING = /^[ \t]*[bru]{0,2}(["'])([A-Za-z0-9+/=_-]+)\1[ \t]*[\\+,.;)\]]{0,4}[ \t]*$/;
/** Of a hundred lines that are not empty so many have to have a time, or the next number. */
const MIN_MARKED_PERCENT = 80;

/** The text without them. */
export function plainLines(text: string): string {
  const lines = text.split(/\r?\n|\r/).map(withoutQuote);
  const timeless = withoutTimes(lines) ?? lines;
  const bare = withoutNumbers(timeless) ?? timeless;
  return bare.map((line) => STRING.exec(line)?.[2] ?? line).join("\n");
}

function withoutQuote(line: string): string {
  return line.trimStart().startsWith(">") ? line.replace(QUOTE, "") : line;
}

/** Null where most lines have none. */
function withoutTimes(lines: readonly string[]): string[] | null {
  const filled = lines.filter((line) => line.trim() !== "").length;
  const timed = lines.filter((line) => LINE_TIME.test(line)).length;
  if (timed < 2 || timed * 100 < filled * MIN_MARKED_PERCENT) return null;
  return lines.map((line) => line.replace(LINE_TIME, ""));
}

/** Null where lines are not numbered one after the other. */
function withoutNumbers(lines: readonly string[]): string[] | null {
  let expected: number | null = null;
  let numbered = 0;
  let filled = 0;
  const bare = lines.map((line) => {
    if (line.trim() === "") return line;
    filled++;
    const [, number, rest = ""] = NUMBERED.exec(line) ?? [];
    if (number === undefined || (expected !== null && Number(number) !== expected)) return line;
    expected = Number(number) + 1;
    numbered++;
    return rest;
  });
  return numbered > 1 && numbered * 100 >= filled * MIN_MARKED_PERCENT ? bare : null;
}
