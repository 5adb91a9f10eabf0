/** Next steps as every report words them: one text for a terminal, for Markdown and for HTML. */
import type { NextStepsReport } from "../remedies/next-steps.ts";
import type { NextStep, Product, Where } from "../remedies/remedy.ts";
import { clip, printable } from "./printable.ts";
import { wrap } from "./text.ts";

const WHERE: Readonly<Record<Where, string>> = {
  here: "on this machine",
  "pool-master": "on the pool's master",
  host: "on the host",
  "guest-windows": "in Windows",
  "guest-linux": "in Linux",
  "xen-orchestra": "in Xen Orchestra",
};

const PRODUCT: Readonly<Record<Product, string>> = {
  any: "On any host",
  "xcp-ng-8.2": "On XCP-ng 8.2",
  "xcp-ng-8.3": "On XCP-ng 8.3 with varstored older than 1.2.0-3.4",
  "xcp-ng-8.3-fixed": "On XCP-ng 8.3 with varstored 1.2.0-3.4 or newer",
  "xenserver-8": "On XenServer 8",
};

const MAX_NAMES = 3;
const MAX_NAME = 40;

/** A step in words: what stands before its commands, and what behind them. Printable. */
export interface ToldStep {
  readonly text: string;
  readonly before: readonly string[];
  readonly commands: readonly string[];
  readonly after: readonly string[];
}

/** One way out: the steps on one product. */
export interface ToldWay {
  /** Null where it is the only way, on any host. */
  readonly label: string | null;
  readonly steps: readonly ToldStep[];
}

/** One thing to do about, with whom it is about and its ways. */
export interface ToldRemedy {
  readonly heading: string;
  readonly ways: readonly ToldWay[];
}

/** Ways of one remedy stand one after the other in the report, and under one heading here. */
export function toldRemedies(nextSteps: readonly NextStepsReport[]): ToldRemedy[] {
  const groups: NextStepsReport[][] = [];
  for (const one of nextSteps) {
    const last = groups.at(-1);
    if (last?.[0]?.for === one.for) last.push(one);
    else groups.push([one]);
  }
  return groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const isPlain = group.length === 1 && first.product === "any" && first.way === null;
    const ways = group.map(({ product, way, steps }) => ({
      label: isPlain ? null : [PRODUCT[product], ...(way === null ? [] : [way])].join(", "),
      steps: steps.map(toldStep),
    }));
    return [{ heading: headingOf(first), ways }];
  });
}

function headingOf({ title, names, for: places }: NextStepsReport): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => clip(printable(name), MAX_NAME));
  const more = Math.max(names.length, places.length) - shown.length;
  const others = more > 0 && names.length > 1 ? ` and ${more} more` : "";
  return `${title} (${shown.join(", ")}${others}).`;
}

export function toldStep({ where, title, commands, caution, expect, undo }: NextStep): ToldStep {
  return {
    text: `${title} (${WHERE[where]})${commands.length === 0 ? "." : ":"}`,
    before: caution === null ? [] : [`Mind: ${caution}`],
    commands,
    after: [...(expect === null ? [] : [`Then: ${expect}`]), ...(undo === null ? [] : [`Back: ${undo}`])],
  };
}

const STEP_INDENT = 4;
const COMMAND_INDENT = 6;

/** For a terminal: commands stand on lines of their own, whole, so that they can be copied. */
export function nextStepLines(
  nextSteps: readonly NextStepsReport[],
  columns: number,
  bold: (text: string) => string,
): string[] {
  return toldRemedies(nextSteps).flatMap(({ heading, ways }, i) => [
    ...(i === 0 ? [] : [""]),
    ...wrap(heading, columns, 1).map(bold),
    ...ways.flatMap(({ label, steps }) => [
      ...(label === null ? [] : wrap(`${label}:`, columns, 2)),
      ...steps.flatMap((step, n) => stepLines(step, n + 1, columns)),
    ]),
  ]);
}

export function stepLines(
  { text, before, commands, after }: ToldStep,
  number: number,
  columns: number,
): string[] {
  const mark = `${number}. `.padStart(STEP_INDENT + 1);
  const [first = "", ...rest] = wrap(text, columns, mark.length);
  return [
    mark + first.trimStart(),
    ...rest,
    ...before.flatMap((line) => wrap(line, columns, mark.length)),
    ...commands.map((command) => " ".repeat(COMMAND_INDENT) + command),
    ...after.flatMap((line) => wrap(line, columns, mark.length)),
  ];
}
