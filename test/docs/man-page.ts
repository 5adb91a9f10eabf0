/** The manual page, made from the table of commands (man(7); groff_man_style(7)). */
import { COMMON_OPTIONS, type OptionDefinition } from "../../cli/command-line/command.ts";
import { COMMANDS } from "../../cli/command-line/index.ts";
import { EXIT_MEANINGS } from "../../report/exit-codes.ts";

/** A text of roff: backslashes, leading dots and quotes stay what they are, and a dash is one that can be copied. */
function escaped(text: string): string {
  return text.replaceAll("\\", "\\e").replaceAll("-", "\\-").replace(/^[.']/gm, "\\&$&");
}

export function manPage(version: string): string {
  const lines = [
    `.TH VARSCOPE 1 "" "varscope ${version}" "User Commands"`,
    ".SH NAME",
    "varscope \\- reads the UEFI NVRAM of exported XCP\\-ng and XenServer VMs, says what is wrong, and repairs it",
    ".SH SYNOPSIS",
    ".B varscope",
    "[\\fICOMMAND\\fR] \\fIPATH\\fR... [\\fIOPTION\\fR]...",
    ".SH DESCRIPTION",
    "Without a command the paths are analyzed: does the VM start, what is wrong, what to type next. Inputs are opened for reading only; nothing is sent over a network.",
    ".SH COMMANDS",
    ...Object.entries(COMMANDS).flatMap(([name, { usage, summary, options, examples }]) => [
      ".SS",
      escaped(name),
      escaped(summary),
      ".PP",
      ...usage.split("\n\n").slice(1).map(escaped),
      ...optionLines(options),
      ...examples.flatMap(([command, meaning]) => [
        ".PP",
        `${escaped(meaning)}:`,
        ".PP",
        ".nf",
        `\\fB${escaped(command)}\\fR`,
        ".fi",
      ]),
    ]),
    ".SH COMMON OPTIONS",
    ...optionLines(COMMON_OPTIONS),
    ".SH EXIT STATUS",
    ...EXIT_MEANINGS.flatMap(([code, meaning]) => [".TP", `.B ${code}`, escaped(meaning)]),
  ];
  return `${lines.join("\n")}\n`;
}

function optionLines(options: Readonly<Record<string, OptionDefinition>>): string[] {
  return Object.entries(options).flatMap(([name, { alias, type, describe, choices }]) => {
    const short = alias === undefined ? "" : `\\fB\\-${alias}\\fR, `;
    const value =
      type === "boolean" ? "" : ` \\fI${choices === undefined ? "VALUE" : escaped(choices.join("|"))}\\fR`;
    return [".TP", `${short}\\fB\\-\\-${escaped(name)}\\fR${value}`, escaped(describe)];
  });
}
