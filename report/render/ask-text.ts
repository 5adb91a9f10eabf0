/** What to ask the customer for, and what is in people's hands, in words: for a terminal and for Markdown. */
import type { Ask } from "../asks/ask.ts";
import type { Topic } from "../asks/topics.ts";
import { markdownBlock, markdownText, withCommands } from "./markdown-text.ts";
import { stepLines, toldStep } from "./next-steps-text.ts";
import { wrap } from "./text.ts";

export interface AskLook {
  readonly columns: number;
  readonly bold: (text: string) => string;
  /** How varscope is called. */
  readonly program: string;
}

/** All questions at a glance. */
export function askListLines(asks: readonly Ask[], { columns, bold, program }: AskLook): string[] {
  const width = asks.reduce((most, { id }) => Math.max(most, id.length), 0) + 2;
  return [
    ...asks.flatMap(({ id, question }) => {
      const [first = "", ...rest] = wrap(question, columns, width);
      return [bold(id.padEnd(width)) + first.trimStart(), ...rest];
    }),
    "",
    ...wrap(
      `${program} ask WORD says which file answers it, and how it is got on the host, in Xen Orchestra and in the guest.`,
      columns,
    ),
  ];
}

export function askLines(ask: Ask, { columns, bold, program }: AskLook): string[] {
  return [
    ...wrap(`${ask.id}: ${ask.question}`, columns).map(bold),
    ...factsOf(ask).flatMap((fact) => wrap(fact, columns, 2)),
    ...ask.ways.flatMap((way, i) => stepLines(toldStep(way), i + 1, columns)),
    ...wrap(
      `Copy it to the machine with varscope${ask.fetch.length === 0 ? "" : " (there; HOST is the host's address)"}, and look at it:`,
      columns,
      2,
    ),
    ...ask.fetch.map((command) => `      ${command}`),
    `      ${program} ${ask.command}`,
  ];
}

function factsOf({ tells, lacks, caution }: Ask): string[] {
  return [
    `It tells: ${tells}`,
    ...(lacks === null ? [] : [`It does not tell: ${lacks}`]),
    ...(caution === null ? [] : [`Mind: ${caution}`]),
  ];
}

export function topicLines(topic: Topic, { columns, bold, program }: AskLook): string[] {
  return [
    ...wrap(`${topic.id}: ${topic.title}`, columns).map(bold),
    ...wrap(`Here it means: ${topic.means}.`, columns, 2),
    ...wrap(`What to do: ${topic.act}.`, columns, 2),
    ...wrap("What to collect:", columns, 2),
    ...topic.asks.map((id) => `      ${program} ask ${id}`),
    ...wrap("Rules about it:", columns, 2),
    ...topic.ruleIds.map((id) => `      ${program} explain ${id}`),
    ...wrap(`Known from: ${topic.source.join("; ")}`, columns, 2),
  ];
}

export function askMarkdown(ask: Ask, program: string): string[] {
  return [
    `## ${markdownText(ask.question)}`,
    "",
    ...factsOf(ask).map((fact) => `- ${told(fact)}`),
    ...ask.ways
      .map((one) => toldStep(one))
      .flatMap(({ text, before, commands, after }, i) => [
        "",
        `${i + 1}. ${[text, ...before].map(told).join(" ")}`,
        ...indented(commands),
        ...(after.length === 0 ? [] : ["", `   ${after.map(told).join(" ")}`]),
      ]),
    "",
    "Then:",
    "",
    ...markdownBlock([...ask.fetch, `${program} ${ask.command}`]),
  ];
}

function indented(commands: readonly string[]): string[] {
  return commands.length === 0 ? [] : ["", ...markdownBlock(commands).map((line) => `   ${line}`)];
}

export function topicMarkdown(topic: Topic, program: string): string[] {
  return [
    `# ${markdownText(`${topic.id}: ${topic.title}`)}`,
    "",
    `**Here it means.** ${markdownText(topic.means)}.`,
    "",
    `**What to do.** ${told(topic.act)}.`,
    "",
    "**What to collect, and rules about it.**",
    "",
    ...markdownBlock([
      ...topic.asks.map((id) => `${program} ask ${id}`),
      ...topic.ruleIds.map((id) => `${program} explain ${id}`),
    ]),
    "",
    `Known from: ${markdownText(topic.source.join("; "))}`,
  ];
}

function told(text: string): string {
  return withCommands(text, markdownText);
}
