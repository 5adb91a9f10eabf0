/** Command lines in which everything is plain, understood without a parser for all that may be typed. */
import type { OptionDefinition } from "./command-line/command.ts";
import { DEFAULT_COMMAND, isCommandName, optionsOf } from "./command-line/index.ts";
import type { CommandLine, Values } from "./command-line/line.ts";

/**
 * Null for what is not plain: `--name=value`, short or unknown options, values that are missing, not allowed or repeated, help.
 * Loading yargs and having it read the line costs a fifth of a short run, and most lines are plain; what this
 * function reads, yargs reads in the same way.
 */
export function readPlainLine(argv: readonly string[]): CommandLine | null {
  const named = isCommandName(argv[0]) ? argv[0] : null;
  const command = named ?? DEFAULT_COMMAND;
  const known = optionsOf(command);
  const values = defaultsOf(known);
  const operands: string[] = [];
  const seen = new Set<string>();
  for (let i = named === null ? 0 : 1; i < argv.length; i++) {
    const word = argv[i] ?? "";
    if (word === "-" || !word.startsWith("-")) {
      operands.push(word);
      continue;
    }
    const name = word.replace(/^--/, "");
    const option = name !== word && Object.hasOwn(known, name) ? known[name] : undefined;
    if (option === undefined) return null;
    const given = givenValues(argv.slice(i + 1), option);
    if (given === null) return null;
    i += given.length;
    const earlier = seen.has(name) ? values[name] : undefined;
    if (earlier !== undefined && option.type === "string") return null;
    values[name] = addedUp(option, given, earlier);
    seen.add(name);
  }
  // Of `--group a repair` yargs takes "a" for a value, and then meets a command.
  if (named === null && operands.some(isCommandName)) return null;
  return { command, implied: named === null, values, operands };
}

/** What is given several times adds up. */
function addedUp(
  { type }: OptionDefinition,
  given: readonly string[],
  earlier: Values[string],
): Values[string] {
  if (type === "boolean") return true;
  return type === "list" || type === "each"
    ? [...(Array.isArray(earlier) ? earlier : []), ...given]
    : given[0];
}

/** The words behind an option that are its values; null where they are not plain. */
function givenValues(
  words: readonly string[],
  { type, choices }: OptionDefinition,
): readonly string[] | null {
  if (type === "boolean") return [];
  const end = words.findIndex((word) => word.startsWith("-"));
  const behind = end === -1 ? words : words.slice(0, end);
  const given = type === "list" ? behind : behind.slice(0, 1);
  const plain =
    given.length > 0 &&
    given.every((word) => word !== "" && (choices === undefined || choices.includes(word)));
  return plain ? given : null;
}

function defaultsOf(known: Readonly<Record<string, OptionDefinition>>): Record<string, Values[string]> {
  return Object.fromEntries(Object.entries(known).map(([name, option]) => [name, option.default]));
}
