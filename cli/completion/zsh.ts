/** The completion of zsh, with what each word means. */
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

export function zshScript(): string {
  const commands = COMPLETED_COMMANDS.map(({ name, describe }) => described(name, describe));
  const names = COMPLETED_COMMANDS.map(({ name }) => name);
  return `#compdef varscope
# Completion of varscope for zsh: eval "$(varscope completion zsh)", or this as the file _varscope in a folder of fpath
_varscope() {
  local command= option= many= ended= w
  local -i operands=0 i
  local -a commands options
  commands=(
${[...commands, described(HELP_WORD, "show what a command does")].map((line) => `    ${line}`).join("\n")}
  )
  for ((i = 2; i < CURRENT; i++)); do
    w=\${words[i]}
    if [[ -n $ended ]]; then ((operands++)); continue; fi
    case $w in
      --) ended=1 option= ;;
      ${namesThatTake("one").join("|")}) option=$w many= ;;
      ${namesThatTake("many").join("|")}) option=$w many=1 ;;
      -?*) option= ;;
      *)
        if [[ -n $option && -z $many ]]; then option=
        elif [[ -n $option ]]; then :
        elif [[ -n $command ]]; then ((operands++))
        else
          case $w in
            ${[...names, HELP_WORD].join("|")}) command=$w ;;
            *) command=${DEFAULT_COMMAND} operands=1 ;;
          esac
        fi ;;
    esac
  done
  if [[ -z $ended && $PREFIX == --*=* ]]; then
    option=\${PREFIX%%=*}
    compset -P '*='
  elif [[ -z $ended && $PREFIX == -* && ( -z $option || -n $many ) ]]; then
    case \${command:-${DEFAULT_COMMAND}} in
${COMPLETED_COMMANDS.map(optionsCase).join("\n")}
    esac
    _describe -o option options
    return
  fi
  if [[ -n $option ]]; then
    case "\${command:-${DEFAULT_COMMAND}} $option" in
${COMPLETED_COMMANDS.flatMap((command) => valueCases(command, completion)).join("\n")}
    esac
  elif [[ -z $command && -z $ended ]]; then
    _describe command commands
    _files
  else
    case "\${command:-${DEFAULT_COMMAND}} $operands" in
${COMPLETED_COMMANDS.flatMap((command) => operandCases(command, completion)).join("\n")}
      "${HELP_WORD} 0") compadd -- ${names.join(" ")} ;;
    esac
  fi
}
if [[ \${funcstack[1]} == _varscope ]]; then
  _varscope "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
  compdef _varscope varscope
fi`;
}

/** An element of an array for _describe, which parts the word from its meaning at a colon. */
function described(word: string, meaning: string): string {
  return quoted(`${word.replaceAll(":", "\\:")}:${meaning}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function optionsCase({ name, options }: CompletedCommand): string {
  const lines = options.flatMap(({ names, describe }) => names.map((option) => described(option, describe)));
  return `      ${name}) options=(\n${lines.map((line) => `        ${line}`).join("\n")}\n      ) ;;`;
}

function completion(what: Completed): string {
  switch (what) {
    case "file":
      return "_files";
    case "folder":
      return "_files -/";
    case "nothing":
      return ":";
    default:
      return `compadd -- ${what.join(" ")}`;
  }
}
