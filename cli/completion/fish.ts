/** The completion of fish, with what each word means. */
import { DEFAULT_COMMAND } from "../command-line/index.ts";
import {
  COMPLETED_COMMANDS,
  type CompletedCommand,
  type CompletedOption,
  HELP_WORD,
  namesThatTake,
} from "./model.ts";

export function fishScript(): string {
  const names = COMPLETED_COMMANDS.map(({ name }) => name);
  return `# Completion of varscope for fish: varscope completion fish | source
# Prints the command of the line, empty where none is named, and how many operands stand behind it.
function __varscope_state
  set -l command
  set -l option
  set -l many
  set -l ended
  set -l operands 0
  for w in (commandline -opc)[2..-1]
    if set -q ended[1]
      set operands (math $operands + 1)
      continue
    end
    switch $w
      case --
        set ended 1
        set option
      case ${namesThatTake("one").join(" ")}
        set option $w
        set many
      case ${namesThatTake("many").join(" ")}
        set option $w
        set many 1
      case '-?*'
        set option
      case '*'
        if set -q option[1]; and not set -q many[1]
          set option
        else if set -q option[1]
        else if set -q command[1]
          set operands (math $operands + 1)
        else if contains -- $w ${[...names, HELP_WORD].join(" ")}
          set command $w
        else
          set command ${DEFAULT_COMMAND}
          set operands 1
        end
    end
  end
  if set -q ended[1]; and not set -q command[1]
    set command ${DEFAULT_COMMAND}
  end
  printf '%s\\n' "$command" $operands
end
function __varscope_unnamed
  set -l state (__varscope_state)
  test -z "$state[1]"
end
function __varscope_is
  set -l state (__varscope_state)
  contains -- "$state[1]" $argv
end
function __varscope_first
  set -l state (__varscope_state)
  test "$state[1]" = $argv[1] -a $state[2] -eq 0
end
complete -c varscope -e
${COMPLETED_COMMANDS.map(({ name, describe }) => `complete -c varscope -n __varscope_unnamed -a ${name} -d ${quoted(describe)}`).join("\n")}
complete -c varscope -n __varscope_unnamed -a ${HELP_WORD} -d 'show what a command does'
complete -c varscope -f -n '__varscope_is ${HELP_WORD}'
complete -c varscope -n '__varscope_first ${HELP_WORD}' -a '${names.join(" ")}'
${COMPLETED_COMMANDS.flatMap(commandLines).join("\n")}`;
}

/** Names of files come by themselves where -f does not keep them away. */
function commandLines(command: CompletedCommand): string[] {
  const { name, options, firstOperand, operands } = command;
  const first =
    firstOperand === null
      ? []
      : [`complete -c varscope -f -n '__varscope_first ${name}' -a '${firstOperand.join(" ")}'`];
  const none = operands === "nothing" ? [`complete -c varscope -f -n '__varscope_is ${name}'`] : [];
  return [...first, ...none, ...options.map((option) => optionLine(name, option))];
}

function optionLine(name: string, { names, describe, takes, value }: CompletedOption): string {
  const where = name === DEFAULT_COMMAND ? `'__varscope_is ${name} ""'` : `'__varscope_is ${name}'`;
  const words = names.map((one) => (one.startsWith("--") ? `-l ${one.slice(2)}` : `-s ${one.slice(1)}`));
  const given = takes === "no value" ? "" : ` ${completion(value)}`;
  return `complete -c varscope -n ${where} ${words.join(" ")}${given} -d ${quoted(describe)}`;
}

function completion(what: CompletedOption["value"]): string {
  switch (what) {
    case "file":
      return "-r -F";
    case "folder":
      return "-x -a '(__fish_complete_directories)'";
    case "nothing":
      return "-x";
    default:
      return `-x -a '${what.join(" ")}'`;
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
