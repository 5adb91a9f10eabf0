/** Text as people paste it: quote marks of mails, numbers of lines, quotation marks of source code around each line. */

const QUOTE = /^[ \t]*(?:>[ \t]?)+/;
/** As `cat -n`, `grep -n`, editors and forums number lines. */
const NUMBERED = /^[ \t]*(\d{1,7})(?:\t|:[ \t]?|[ \t]{0,4}\|[ \t]?|[.)][ \t]|[ \t]{1,4})(.*)$/;
/** A string of source code that is base64 and nothing else. */
const STRING = /^[ \t]*[bru]{0,2}(["'])([A-Za-z0-9+/=_-]+)\1[ \t]*[\\+,.;)\]]{0,4}[ \t]*$/;
/** Of a hundred lines that are not empty so many have to have the next number. */
const MIN_NUMBERED_PERCENT = 80;

/** The text without them. */
export function plainLines(text: string): string {
  const lines = text.split("\n").map((line) => withoutQuote(line.endsWith("\r") ? line.slice(0, -1) : line));
  const bare = withoutNumbers(lines) ?? lines;
  return bare.map((line) => STRING.exec(line)?.[2] ?? line).join("\n");
}

function withoutQuote(line: string): string {
  return line.trimStart().startsWith(">") ? line.replace(QUOTE, "") : line;
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
  return numbered > 1 && numbered * 100 >= filled * MIN_NUMBERED_PERCENT ? bare : null;
}
