/** `varscope ask`: which file answers a question, and how it is got. Offline, and without any input. */

import { ASKS, asksFor } from "../../report/asks/index.ts";
import { topicNamed } from "../../report/asks/topics.ts";
import { EXIT, type ExitCode } from "../../report/exit-codes.ts";
import { programCall } from "../../report/program-call.ts";
import { askLines, askListLines, askMarkdown, topicLines } from "../../report/render/ask-text.ts";
import { clip, jsonText, printable } from "../../report/render/printable.ts";
import { SCHEMA_VERSION } from "../../report/report.ts";
import { TOOL } from "../../report/tool.ts";
import type { CommandContext } from "../context.ts";
import { UsageError } from "../errors.ts";
import type { AskOptions } from "../options.ts";
import { isHeard } from "../output.ts";

export async function ask(
  { question, format }: AskOptions,
  { output, style, columns }: CommandContext,
): Promise<ExitCode> {
  const program = programCall();
  const topic = question === null ? null : topicNamed(question);
  const asks =
    question === null
      ? ASKS
      : topic === null
        ? asksFor(question)
        : ASKS.filter(({ id }) => topic.asks.includes(id));
  if (asks.length === 0)
    throw new UsageError(
      `No file is known for "${clip(printable(question ?? ""), 80)}". Ask for one of ${ASKS.map(({ id }) => id).join(", ")}.`,
    );
  const text = (): string => {
    switch (format) {
      case "table": {
        const look = { columns, bold: style.bold, program };
        if (question === null) return askListLines(asks, look).join("\n");
        const blocks = [
          ...(topic === null ? [] : [topicLines(topic, look)]),
          ...asks.map((one) => askLines(one, look)),
        ];
        return blocks.map((lines) => lines.join("\n")).join("\n\n");
      }
      case "markdown":
        return ["# What to ask for", ...asks.map((one) => askMarkdown(one, program).join("\n"))].join("\n\n");
      case "json":
        return jsonText({ schemaVersion: SCHEMA_VERSION, tool: TOOL, question, asks: asks.map(asked) }, 2);
      default:
        return asks.map((one) => jsonText(asked(one), 0)).join("\n");
    }
  };
  await isHeard(output.write(`${text()}\n`));
  return EXIT.ok;
}

/** As programs get it. */
function asked({ id, question, tells, lacks, caution, ways, fetch, command, source }: (typeof ASKS)[number]) {
  return { id, question, tells, lacks, caution, ways, fetch, command: `${programCall()} ${command}`, source };
}
