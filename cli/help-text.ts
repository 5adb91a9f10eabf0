/** Wraps the help of yargs between words, so that it fits the terminal. */
import { wrap } from "../report/render/text.ts";

/** Columns where help is not printed to a terminal. */
const PIPE_COLUMNS = 80;
/** Fewest columns in which the table of options can be read. */
const LEAST_COLUMNS = 40;
/** Indent of a text that goes below a long first column. */
const BELOW_INDENT = 6;
/** A line with an option, command or example, and after two spaces what it means. */
const TWO_COLUMNS = /^(?<first> +\S+(?: \S+)*)(?<gap> {2,})(?<second>\S.*)$/;
/** The spaces of yargs before the type of an option. */
const TYPE_GAP = / {2,}(?=\[)/g;

export function wrapHelp(text: string, columns: number = PIPE_COLUMNS): string {
  const width = Math.max(LEAST_COLUMNS, columns);
  return text
    .split("\n")
    .flatMap((line) => (line.length <= width ? [line] : wrapLine(line, width)))
    .join("\n");
}

function wrapLine(line: string, width: number): string[] {
  const { first = "", gap = "", second = "" } = TWO_COLUMNS.exec(line)?.groups ?? {};
  const indent = first.length + gap.length;
  // A line of words alone; a command is never broken, so that it can be copied.
  if (second === "") return line.startsWith(" ") ? [line] : wrap(line, width);
  const words = second.replace(TYPE_GAP, " ");
  if (indent > width / 2) return [first, ...wrap(words, width, BELOW_INDENT)];
  return wrap(words, width, indent).map((wrapped, i) =>
    i === 0 ? first + gap + wrapped.trimStart() : wrapped,
  );
}
