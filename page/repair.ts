/** A repair, as `varscope repair` makes it: what is written, and what is to be read before and after. */
import { repair } from "../library/api/repair.ts";
import { portableMachine } from "../platform/portable/machine.ts";
import { markup } from "../report/render/markup.ts";
import type { Answer, RepairRequest } from "./protocol.ts";

export async function repaired({ form, source, copy, strategy }: RepairRequest): Promise<Answer> {
  const { name, file } = source;
  const { output, texts, plan, runbook, copies } = await repair(
    portableMachine,
    { name, data: file },
    { strategy },
  );
  switch (form) {
    case "same":
      return output === null
        ? failed(
            "This file as a whole is not written here. Save the NVRAM as a text, or let varscope repair write it.",
          )
        : { kind: "file", file: { name: basename(output.name), parts: output.parts } };
    case "text": {
      const text = texts[copies.indexOf(copy)] ?? null;
      return text === null
        ? failed("This copy is not repaired by this strategy.")
        : { kind: "file", file: { name: basename(text.name), parts: [text.text] } };
    }
    case "runbook":
      return runbook === null
        ? failed("Nothing is repaired, so there are no steps.")
        : { kind: "file", file: { name: `${basename(output?.name ?? name)}.runbook.md`, parts: [runbook] } };
    case "plan":
      return {
        kind: "shown",
        html: markup`<h3>Plan and proof</h3><pre tabindex="0">${plan.map((line) => markup`${line}\n`)}</pre>`
          .text,
      };
    default:
      return form satisfies never;
  }
}

function failed(message: string): Answer {
  return { kind: "failed", message };
}

function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
