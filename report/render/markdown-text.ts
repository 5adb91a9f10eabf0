/** Text from an input on its way into Markdown (CommonMark, with the tables and links of GitHub's). */
import { largest } from "../../parsers/arrays.ts";
import { printable } from "./printable.ts";

/** What begins emphasis, code, links, HTML, character references, tables, strikethrough, formulas or references to issues. */
const SPECIAL = /[\\`*_[\]<>&|~$#]/g;

/**
 * One line of running text, not for the start of a line. A backslash keeps what is special from being so. A link and a
 * mention would be made even of escaped text, so the colon or dot of an address is escaped, and `@` is spelt out.
 */
export function markdownText(text: string): string {
  return printable(text)
    .replaceAll("@", "\\x40")
    .replace(SPECIAL, "\\$&")
    .replace(/:(?=\/)/g, "\\:")
    .replace(/(?<=www)\./gi, "\\.");
}

const SUBSTITUTION = "\\$\\([^()\\x60\\n]*\\)";
const VALUE = `(?:${SUBSTITUTION}|"[^"\\x60\\n]*"|[\\w/.,:-]*\\w)`;
const ARGUMENT = `(?:--?[a-z][a-z-]*|[A-Za-z][\\w-]*(?::[\\w-]+)?=${VALUE}|UUID\\b|/[\\w./*-]*\\w)`;
const SUBCOMMAND = "[a-z]+(?:-[a-z]+)+\\b";
/** Commands in our own sentences: of `xe`, of a host's script that is found by a substitution, of files by a pattern. */
const COMMAND = new RegExp(
  `(\\bxe ${SUBCOMMAND}(?: ${ARGUMENT})*|${SUBSTITUTION} ${SUBCOMMAND}(?: ${ARGUMENT})*|\\bls(?: -[a-zA-Z]+)* /[\\w./*-]*\\w)`,
);

/** Our own sentences: what is typed stands as code, for a backslash in it would be typed as well. */
export function withCommands(text: string, escaped: (part: string) => string): string {
  return text
    .split(COMMAND)
    .map((part, i) => (i % 2 === 1 ? `\`${printable(part)}\`` : escaped(part)))
    .join("");
}

/** A name or path as code, also in a table: nothing in it is Markdown but backticks and bars, which are spelt out. */
export function markdownCode(text: string): string {
  const plain = printable(text).replaceAll("`", "\\x60").replaceAll("|", "\\x7c");
  // Code that is empty or blank would be no code.
  return plain.trim() === "" ? `\`"${plain}"\`` : `\`${plain}\``;
}

/** Lines to copy, as they are; they must be printable already. */
export function markdownBlock(lines: readonly string[]): string[] {
  const runs = lines.flatMap((line) => line.match(/`+/g) ?? []);
  const fence = "`".repeat(
    largest(
      runs.map((run) => run.length + 1),
      3,
    ),
  );
  return [fence, ...lines, fence];
}
