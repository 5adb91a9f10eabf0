/** Help that fits the terminal: what yargs prints in lines of any length, wrapped between words. */
import { wrap } from "../report/render/text.ts";

/** Where it is printed to no terminal. */
const PIPE_COLUMNS = 80;
/** In less no table of options can be read. */
const LEAST_COLUMNS = 40;
/** Of what does not fit behind a long first column. */
const BELOW_INDENT = 6;
/** An option, command or example; what it means stands behind two spaces. */
const TWO_COLUMNS = /^(?<first> +\S+(?: \S+)*)(?<gap> {2,})(?<second>\S.*)$/;
/** Of yargs, behind what an option means. */
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
