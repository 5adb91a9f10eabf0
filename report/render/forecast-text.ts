/** A forecast for humans: each step's answer, and how the room in the variable goes. */
import type { ForecastStep } from "../../daemon/forecast.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { ForecastEntry } from "../forecast.ts";
import { bar } from "./bar.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import type { Style } from "./style.ts";
import { padEnd, wrap } from "./text.ts";
import { vmName } from "./vm-block.ts";

const { DATA_LIMIT, TOTAL_LIMIT } = VARSTORED_LIMITS;
const BAR_COLUMNS = 24;
/** Checks that end the daemon; with the others it answers, but nobody can know what. */
const NEVER_ANSWERS: ReadonlySet<string> = new Set(["daemon-hangs", "daemon-crashes"]);
const DAEMON_WORDS = {
  fixed: "a fixed daemon (varstored 1.3.1, XCP-ng 1.2.0-3.2 and later)",
  unfixed: "an unfixed daemon (varstored 1.2.0 and before)",
} as const;

export function forecastLines(
  entries: readonly ForecastEntry[],
  look: Pick<Look, "style" | "columns">,
): string[] {
  return entries.flatMap((entry, i) => [...(i === 0 ? [] : [""]), ...entryLines(entry, look)]);
}

function entryLines(entry: ForecastEntry, { style, columns }: Pick<Look, "style" | "columns">): string[] {
  const copy = entry.source === "NVRAM" ? "" : ` (${printable(entry.source)})`;
  const head = `${style.bold(`${vmName(entry.path, entry.vm)}${copy}`)}  on ${DAEMON_WORDS[entry.daemon]}`;
  const steps = entry.steps.flatMap((step, i) => stepLines(step, i + 1, { style, columns }));
  if (entry.error === null) return [head, ...steps, ...endLines(entry.steps, style)];
  const { code, message } = entry.error;
  if (entry.steps.length > 0) return [head, ...steps, ...unansweredLines(code, { style, columns })];
  return [head, ...wrap(`${style.red("NO ANSWER")} ${code}: ${printable(message)}`, columns, 2)];
}

/** The step itself says why. */
function unansweredLines(code: string, { style, columns }: Pick<Look, "style" | "columns">): string[] {
  const words = NEVER_ANSWERS.has(code)
    ? `${style.red("The daemon does not answer any more:")} the VM must be stopped, and it can only be repaired then.`
    : `${style.yellow("What comes after this step is unknown,")} also whether the VM starts again. Repair the NVRAM before the guest updates.`;
  return wrap(words, columns, 2);
}

function stepLines(
  step: ForecastStep,
  number: number,
  { style, columns }: Pick<Look, "style" | "columns">,
): string[] {
  const way = step.append ? "append to" : "replace";
  const status = step.status === null ? (step.check ?? "") : `${step.statusName} ${step.status}`;
  return [
    `${String(number).padStart(3)}. ${clip(printable(step.update), 60)} ${style.dim(`(${way} ${step.variable.name})`)}`,
    `     ${answerWord(step, style)} ${style.dim(status)}`,
    ...wrap(printable(step.reason), columns, 5),
    ...roomLines(step, style),
  ];
}

function roomLines(step: ForecastStep, style: Style): string[] {
  const { variable, bytesBefore, bytesAfter, variableRoom, totalRoom } = step;
  if (bytesAfter === null || variableRoom === null || totalRoom === null) return [];
  const grown = bytesAfter - bytesBefore;
  const growth = grown === 0 ? "" : ` (${grown > 0 ? "+" : ""}${grown})`;
  const room = `${bar(bytesAfter, DATA_LIMIT, BAR_COLUMNS)}  ${bytesAfter} of ${DATA_LIMIT}${growth}`;
  return [
    `     ${padEnd(variable.name, 4)} ${variableRoom < 0 ? style.red(room) : room}`,
    `     all  ${bar(TOTAL_LIMIT - totalRoom, TOTAL_LIMIT, BAR_COLUMNS)}  ${TOTAL_LIMIT - totalRoom} of ${TOTAL_LIMIT}`,
  ];
}

function answerWord({ status, check, loadsAfterwards }: ForecastStep, style: Style): string {
  if (status === null)
    return NEVER_ANSWERS.has(check ?? "") ? style.red("NO ANSWER") : style.yellow("UNKNOWN");
  if (status !== "0x0") return style.yellow("REFUSED");
  return loadsAfterwards ? style.green("TAKEN") : style.red("TAKEN, AND FATAL");
}

function endLines(steps: readonly ForecastStep[], style: Style): string[] {
  const last = steps.at(-1);
  if (last === undefined) return [];
  return [
    last.loadsAfterwards
      ? `  ${style.green("The VM starts again afterwards.")}`
      : `  ${style.red("The VM will not start again afterwards:")} the daemon refuses what it saved. Repair it before the guest updates.`,
  ];
}
