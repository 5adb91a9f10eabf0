/** From a command line to the options of its command: checks that all commands share, then those of the command. Throws UsageError. */
import { COMMANDS } from "./command-line/index.ts";
import type { CommandLine } from "./command-line/line.ts";
import { UsageError } from "./errors.ts";
import { didYouMean } from "./nearest.ts";
import { list, type ParseSettings, shown } from "./option-values.ts";
import type { Options } from "./options.ts";
import { chosenFormat } from "./output-format.ts";

export function makeOptions(line: CommandLine, settings: ParseSettings): Options {
  refuseEmptyNames(line);
  const values = { ...line.values, format: chosenFormat(line) };
  const [first] = line.operands;
  if (line.implied && first !== undefined) refuseUnknownCommand(first, settings);
  return COMMANDS[line.command].read({ ...line, values }, settings);
}

/** An empty name usually is a shell variable that is not set; the error of the file system would not say so. */
function refuseEmptyNames({ command, operands, values }: CommandLine): void {
  const { wordsBeforeFiles = 0 } = COMMANDS[command];
  if (wordsBeforeFiles !== "all" && operands.slice(wordsBeforeFiles).includes(""))
    throw new UsageError("The name of a file is empty: is it a variable of the shell that is not set?");
  for (const option of ["reference", "update", "ignore-file"])
    if (list(values, option).includes(""))
      throw new UsageError(`The option --${option} needs the name of a file.`);
}

/**
 * Words that later versions will use as commands. They are never read as paths, so that a command line keeps its meaning
 * when such a command is added.
 */
const KEPT_WORDS: readonly string[] = ["page"];
const BARE_WORD = /^[a-z][a-z-]*$/;

function refuseUnknownCommand(word: string, { exists }: ParseSettings): void {
  if (!BARE_WORD.test(word)) return;
  if (word === "help") throw new UsageError("help stands in front: varscope help COMMAND.");
  if (KEPT_WORDS.includes(word))
    throw new UsageError(`This version has no command ${word}. For a file of this name write ./${word}.`);
  if (!exists(word))
    throw new UsageError(
      `There is no command and no file ${shown(word)}.${didYouMean(word, Object.keys(COMMANDS))}`,
    );
}
