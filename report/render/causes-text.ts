/** Why the VMs of a run are not healthy, for people: how many VMs each cause has, and what mends them. */
import type { Cause } from "../overview/causes.ts";
import type { NextStepsBrief } from "../overview/mends.ts";
import { mendsText } from "../overview/mends.ts";
import type { Look } from "./look.ts";
import { clip, printable } from "./printable.ts";
import { counted, wrap } from "./text.ts";
import { verdictWords } from "./verdicts.ts";

/** With four lines each these and the totals fit on a screen of 40 lines. */
const MAX_TOLD = 7;
const MAX_NAME = 30;
const INDENT = 4;

/** Lines about causes; none where nothing is wrong with any VM, or where there are too many VMs to count. */
export function causeLines(
  causes: readonly Cause[] | null,
  nextSteps: readonly NextStepsBrief[],
  look: Look,
): string[] {
  if (causes === null || causes.length === 0) return [];
  const told = causes.slice(0, MAX_TOLD);
  const rest = causes.slice(MAX_TOLD);
  const vms = rest.reduce((sum, cause) => sum + cause.vms, 0);
  return [
    ...told.flatMap((cause) => oneCause(cause, nextSteps, look)),
    ...(rest.length === 0
      ? []
      : wrap(
          `… ${counted(rest.length, "more cause")} of ${counted(vms, "VM")}: the table has each, --group all they share.`,
          look.columns,
        )),
  ];
}

function oneCause(cause: Cause, nextSteps: readonly NextStepsBrief[], look: Look): string[] {
  const { style, columns } = look;
  const { verdict, title, variables, vms, names } = cause;
  const which = variables.map((name) => clip(printable(name), MAX_NAME)).join(", ");
  const head = `${counted(vms, "VM")}: ${title}${which === "" ? "" : ` (${which})`}`;
  const words = verdictWords(verdict, style);
  const plain = verdictWords(verdict, { ...style, bold: same, red: same, yellow: same, green: same });
  const [first = "", ...more] = wrap(`${"_".repeat(plain.length)} ${head}`, columns);
  return [
    `${words} ${style.bold(first.slice(plain.length + 1))}`,
    ...more.map((line) => " ".repeat(INDENT) + style.bold(line)),
    oneLine(namesText(names, vms, columns - INDENT), look),
    oneLine(rulesText(cause.rules, columns - INDENT), look),
    ...(look.quiet ? [] : wrap(`→ ${mendsText(cause, nextSteps)}`, columns, INDENT)),
  ].filter((line) => line.trim() !== "");
}

function same(text: string): string {
  return text;
}

function oneLine(text: string, { style }: Look): string {
  return text === "" ? "" : " ".repeat(INDENT) + style.dim(text);
}

/** As many as fit on a line. */
function namesText(names: readonly string[], count: number, room: number): string {
  return fitting(
    names.map((name) => clip(printable(name), MAX_NAME)),
    count,
    room,
  );
}

function rulesText(rules: readonly string[], room: number): string {
  return rules.length === 0 ? "" : fitting(rules, rules.length, room);
}

function fitting(texts: readonly string[], count: number, room: number): string {
  for (let shown = texts.length; shown > 0; shown--) {
    const more = count > shown ? ` and ${count - shown} more` : "";
    const text = texts.slice(0, shown).join(", ") + more;
    if (text.length <= room || shown === 1) return text;
  }
  return "";
}
