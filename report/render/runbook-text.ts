/** A runbook for people: short on a terminal, in full as Markdown. Both show the same steps. */
import { largest } from "../../parsers/arrays.ts";
import type { Machine, RunbookStep } from "../runbook/step.ts";
import { TOOL } from "../tool.ts";
import type { Look } from "./look.ts";
import { withCommands } from "./markdown-text.ts";
import { clip, printable } from "./printable.ts";
import { stepLines } from "./step-lines.ts";
import { moreLine } from "./text.ts";

/** The steps of one VM. */
export interface RunbookSection {
  /** Raw, as in the input. */
  readonly name: string;
  readonly uuid: string | null;
  readonly steps: readonly RunbookStep[];
}

const MAX_SECTIONS = 2;
const MAX_NAME = 200;

const WHERE: Readonly<Record<Machine, string>> = {
  workstation: "on this machine",
  host: "on the host",
  guest: "in the guest",
};

/** Titles and commands; the notes stand in the Markdown and in JSON. `file` is the Markdown that was written. */
export function runbookLines(
  sections: readonly RunbookSection[],
  file: string | null,
  { style, columns }: Look,
): string[] {
  const shown = sections.slice(0, MAX_SECTIONS).flatMap(({ name, uuid, steps }, i) => {
    const label = sections.length === 1 ? "" : ` for ${clip(printable(uuid ?? name), 60)}`;
    const told = steps.map(({ title, machine, commands, caution = null }) => ({
      text: `${title} (${WHERE[machine]})${caution === null ? "" : `. Mind: ${caution}`}`,
      commands,
    }));
    return [...(i === 0 ? [] : [""]), style.bold(`Next steps${label}`), ...stepLines(told, columns)];
  });
  const more = moreLine(sections.length - MAX_SECTIONS, "in the runbook");
  const all =
    file === null
      ? "--runbook FILE.md writes all steps, with what to mind in each."
      : `All steps, with what to mind in each: ${printable(file)}`;
  return shown.length === 0 ? [] : [...shown, ...more, "", all];
}

export function runbookMarkdown(sections: readonly RunbookSection[]): string {
  const head = [
    "# Runbook: back to the host with a repaired NVRAM",
    "",
    `Written by ${TOOL.name} ${TOOL.version}. Steps are in order. **Workstation** is the machine with the files of this repair; **host** is dom0 of the pool's master, as root in /root; **guest** is the VM itself. \`HOST\` stands for the master's address.`,
  ];
  return `${[...head, ...sections.flatMap(sectionLines)].join("\n")}\n`;
}

function sectionLines({ name, uuid, steps }: RunbookSection): string[] {
  const title = uuid === null ? codeSpan(name) : `${codeSpan(name)} (${codeSpan(uuid)})`;
  return ["", `## VM ${title}`, ...steps.flatMap(stepMarkdown)];
}

function stepMarkdown({ title, machine, commands, note, caution = null }: RunbookStep, i: number): string[] {
  const where = `${machine.slice(0, 1).toUpperCase()}${machine.slice(1)}`;
  return [
    "",
    `### ${i + 1}. ${escaped(title)}`,
    "",
    `**${where}.**${note === null ? "" : ` ${escaped(note)}`}`,
    ...(caution === null ? [] : ["", `**Mind:** ${escaped(caution)}`]),
    ...(commands.length === 0 ? [] : ["", ...fenced(commands, machine === "guest" ? "bat" : "sh")]),
  ];
}

/** Nothing in the text is read as markup (CommonMark 0.31 §2.4, backslash escapes). */
function escaped(text: string): string {
  return withCommands(text, (part) =>
    printable(part).replace(/[\\`*_{}[\]<>()#|~!&]/g, (character) => `\\${character}`),
  );
}

/** With more backticks around it than it has inside (CommonMark 0.31 §6.1). */
function codeSpan(text: string): string {
  const shown = clip(printable(text), MAX_NAME).trim() || "?";
  const fence = "`".repeat(longestRun(shown) + 1);
  const isTouching = shown.startsWith("`") || shown.endsWith("`");
  return isTouching ? `${fence} ${shown} ${fence}` : `${fence}${shown}${fence}`;
}

/** Commands hold no newline: the shell's own spelling stands for it (`shellPath`). */
function fenced(commands: readonly string[], language: string): string[] {
  const fence = "`".repeat(
    largest(
      commands.map((command) => longestRun(command) + 1),
      3,
    ),
  );
  return [`${fence}${language}`, ...commands, fence];
}

function longestRun(text: string): number {
  return largest(Array.from(text.matchAll(/`+/g), ([run]) => run.length));
}
