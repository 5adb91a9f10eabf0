/** Numbered steps; commands stand on lines of their own, whole, so that they can be copied. */

import type { Step } from "../remedies/one-copy.ts";
import { wrap } from "./text.ts";

const COMMAND_INDENT = 5;

export function stepLines(steps: readonly Step[], columns: number): string[] {
  return steps.flatMap(({ text, commands }, i) => {
    const number = ` ${i + 1}. `;
    const [first = "", ...rest] = wrap(text, columns, number.length);
    return [
      number + first.trimStart(),
      ...rest,
      ...commands.map((command) => " ".repeat(COMMAND_INDENT) + command),
    ];
  });
}
