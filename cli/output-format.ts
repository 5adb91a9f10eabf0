/** Chooses the format that a command prints: `--format`, else the ending of `--output`, else the default of the command. */
import { extname } from "node:path";
import { RENDER_FORMATS, RENDERERS } from "../report/render/index.ts";
import { COMMANDS } from "./command-line/index.ts";
import type { CommandLine } from "./command-line/line.ts";
import { UsageError } from "./errors.ts";
import { shown, text } from "./option-values.ts";

/** Format by the ending of a file. Every other ending chooses none. */
const BY_ENDING: ReadonlyMap<string, string> = new Map([
  [".json", "json"],
  [".ndjson", "ndjson"],
  ...RENDER_FORMATS.map((format) => [RENDERERS[format].ending, format] as const),
]);

/** Throws UsageError where the ending promises another format than the file would get. */
export function chosenFormat({ command, values }: CommandLine): string | undefined {
  const { formats } = COMMANDS[command];
  const given = text(values, "format");
  const output = text(values, "output");
  const meant = output === null ? undefined : BY_ENDING.get(extname(output).toLowerCase());
  if (output === null || meant === undefined) return given ?? formats[0];
  if (formats.length > 0 && !formats.includes(meant))
    throw new UsageError(
      `By its ending --output ${shown(output)} is to be ${meant}, and ${command} prints ${formats.join(", ")}: give it another name.`,
    );
  if (given !== null && given !== meant)
    throw new UsageError(
      `By its ending --output ${shown(output)} is to be ${meant}, and --format says ${given}: leave out --format, or give the file another name.`,
    );
  return meant;
}
