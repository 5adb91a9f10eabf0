/** The completion of bash. Names of files are left to bash itself, which quotes what has to be. */
import { DEFAULT_COMMAND } from "../command-line/index.ts";
import {
  COMPLETED_COMMANDS,
  type Completed,
  type CompletedCommand,
  HELP_WORD,
  namesThatTake,
  operandCases,
  valueCases,
} from "./model.ts";

export function bashScript(): string {
  const commands = COMPLETED_COMMANDS.map(({ name }) => name);
  return `# Completion of varscope for bash: eval "$(varscope completion bash)"
_varscope() {
  local word=\${COMP_WORDS[COMP_CWORD]} command= option= many= ended= operands=0 words= i w
  for ((i = 1; i < COMP_CWORD; i++)); do
    w=\${COMP_WORDS[i]}
    if [[ $ended ]]; then ((operands++)); continue; fi
    case $w in
      =) ;;
      --) ended=1 option= ;;
      ${namesThatTake("one").join("|")}) option=$w many= ;;
      ${namesThatTake("many").join("|")}) option=$w many=1 ;;
      -?*) option= ;;
      *)
        if [[ $option && ! $many ]]; then option=
        elif [[ $option ]]; then :
        elif [[ $command ]]; then ((operands++))
        else
          case $w in
            ${[...commands, HELP_WORD].join("|")}) command=$w ;;
            *) command=${DEFAULT_COMMAND} operands=1 ;;
          esac
        fi ;;
    esac
  done
  [[ $word == = ]] && word=
  if [[ ! $ended && $word == -* && (! $option || $many) ]]; then
    case \${command:-${DEFAULT_COMMAND}} in
${COMPLETED_COMMANDS.map(optionsCase).join("\n")}
    esac
  elif [[ $option ]]; then
    case "\${command:-${DEFAULT_COMMAND}} $option" in
${COMPLETED_COMMANDS.flatMap((command) => valueCases(command, completion)).join("\n")}
      *) _varscope_only ;;
    esac
  elif [[ ! $command && ! $ended ]]; then
    while IFS= read -r w; do COMPREPLY+=("$w"); done < <(
      compgen -W '${[...commands, HELP_WORD].join(" ")}' -- "$word"
      compgen -f -- "$word"
    )
    compopt -o filenames 2>/dev/null
    return
  else
    case "$command $operands" in
${COMPLETED_COMMANDS.flatMap((command) => operandCases(command, completion)).join("\n")}
      "${HELP_WORD} 0") words='${commands.join(" ")}' ;;
      "${HELP_WORD} "*) _varscope_only ;;
    esac
  fi
  [[ $words ]] && _varscope_words "$word" "$words"
}
# What is completed is this and no name of a file.
_varscope_only() {
  compopt +o default +o bashdefault "$@" 2>/dev/null
}
_varscope_words() {
  local w
  COMPREPLY=()
  _varscope_only
  while IFS= read -r w; do COMPREPLY+=("$w"); done < <(compgen -W "$2" -- "$1")
}
complete -o bashdefault -o default -F _varscope varscope`;
}

function optionsCase({ name, options }: CompletedCommand): string {
  const names = options.map(({ names: [long] }) => long);
  return `      ${name}) words='${names.join(" ")}' ;;`;
}

function completion(what: Completed): string {
  switch (what) {
    case "file":
      return ":";
    case "folder":
      return "_varscope_only -o dirnames";
    case "nothing":
      return "_varscope_only";
    default:
      return `words='${what.join(" ")}'`;
  }
}
