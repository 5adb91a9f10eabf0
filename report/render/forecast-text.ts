/** A forecast for humans: each step's answer, and how the room in the variable goes. */
import type { ForecastStep } from "../../daemon/forecast.ts";
import { VARSTORED_LIMITS } from "../../parsers/limits.ts";
import type { ForecastEntry, ForecastStart } from "../forecast.ts";
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
  if (entry.error === null) return [head, ...steps, ...endLines(entry, { style, columns })];
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

function endLines(entry: ForecastEntry, { style, columns }: Pick<Look, "style" | "columns">): string[] {
  const colours = { good: style.green, bad: style.red, warn: style.yellow };
  return endTexts(entry).flatMap(({ kind, head, rest }) => wrap(`${colours[kind](head)}${rest}`, columns, 2));
}

/** How a forecast ends: whether the NVRAM loads again, then what its own boot loader does. */
export function endTexts({ steps, keys, start }: ForecastEntry): readonly {
  readonly kind: "good" | "bad" | "warn";
  readonly head: string;
  readonly rest: string;
}[] {
  const last = steps.at(-1);
  if (last === undefined) return [];
  if (last.loadsAfterwards !== true)
    return [
      {
        kind: "bad",
        head: "The VM will not start again afterwards:",
        rest: " the daemon refuses what it saved. Repair it before the guest updates.",
      },
    ];
  if (keys.after !== null && start.after?.starts !== true) return [keysText(keys)];
  if (start.assumed) {
    const why = start.why === null ? "." : `: ${printable(start.why)}`;
    return [
      {
        kind: "good",
        head: "The NVRAM loads again afterwards.",
        rest: ` That its boot loader still starts is assumed; the disks were not looked at${why}`,
      },
    ];
  }
  return [startText(start), ...pcr7Text(start)];
}

/** What the keys alone tell, whatever lies on the disks. */
function keysText({ before, after }: ForecastEntry["keys"]): ReturnType<typeof endTexts>[number] {
  const rest = ` ${clip(printable(after ?? ""), 300)}`;
  return before === null
    ? { kind: "bad", head: "The NVRAM loads again afterwards, but look at its keys:", rest }
    : {
        kind: "warn",
        head: "The NVRAM loads again afterwards; look at its keys, as before:",
        rest,
      };
}

function startText({ before, after, secureBoot }: ForecastStart): ReturnType<typeof endTexts>[number] {
  const way = secureBoot === false ? "off" : "on";
  const program = after?.path == null ? "" : ` ${clip(printable(after.path), 120)}`;
  const reason = clip(printable(after?.reason ?? ""), 300);
  if (after?.starts === true)
    return {
      kind: "good",
      head: "The VM starts again afterwards:",
      rest: ` its own boot loader${program}, with Secure Boot ${way}.`,
    };
  if (after?.starts === false)
    return before?.starts === false
      ? { kind: "warn", head: "The VM does not start, now and afterwards:", rest: `${program}: ${reason}.` }
      : { kind: "bad", head: "The VM does not start afterwards:", rest: `${program}: ${reason}.` };
  return {
    kind: "warn",
    head: "The NVRAM loads again afterwards.",
    rest: ` Whether its boot loader starts cannot be known. ${reason}`,
  };
}

/** BitLocker is bound to it only with a TPM. */
function pcr7Text({ hasVtpm, pcr7Changes }: ForecastStart): ReturnType<typeof endTexts> {
  if (hasVtpm !== true || pcr7Changes !== true) return [];
  const rest =
    " Windows seals BitLocker anew where it brings the update itself; brought from outside, it asks for the recovery key once.";
  return [{ kind: "warn", head: "PCR 7 changes.", rest }];
}
