/** Next steps as every report words them: one text for a terminal, for Markdown and for HTML. */
import { PUT_BACK, RECOVERY } from "../remedies/host-steps.ts";
import type { NextStepsReport } from "../remedies/next-steps.ts";
import { type NextStep, PLACES, type Product, type Where } from "../remedies/remedy.ts";
import { clip, printable } from "./printable.ts";
import { wrap } from "./text.ts";

export const WHERE: Readonly<Record<Where, string>> = {
  here: "on this machine",
  "pool-master": "on the pool's master",
  host: "on the host",
  "guest-windows": "in Windows",
  "guest-linux": "in Linux",
  "xen-orchestra": "in Xen Orchestra",
};

const PRODUCT: Readonly<Record<Product, string>> = {
  any: "any host",
  "xcp-ng-8.2": "XCP-ng 8.2",
  "xcp-ng-8.3": "XCP-ng 8.3 with varstored older than 1.2.0-3.4",
  "xcp-ng-8.3-fixed": "XCP-ng 8.3 with varstored 1.2.0-3.4 or newer",
  "xenserver-8": "XenServer 8",
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
  const said = new Set<string>();
  return groups.flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const isPlain = group.length === 1 && first.product === "any" && first.way === null;
    const ways = joinedWays(group);
    const told = new Map<string, StepPlace>();
    return [
      {
        heading: headingOf(first),
        ways: ways.map(({ products, way, steps }, i) => {
          const letter = String.fromCharCode(0x41 + i);
          const place = isPlain ? null : placeOfMost(steps);
          const label = [
            productsText(products),
            ...(way === null ? [] : [way]),
            ...(place === null ? [] : [WHERE[place]]),
          ].join(", ");
          return {
            label: isPlain ? null : ways.length === 1 ? label : `${letter}. ${label}`,
            steps: withoutRepetition(steps, letter, told).map((one) => shortened(one, said, place)),
          };
        }),
      },
    ];
  });
}

interface JoinedWay extends Pick<NextStepsReport, "way" | "steps"> {
  readonly products: Product[];
}

/** Joins products that have the same steps. */
function joinedWays(group: readonly NextStepsReport[]): JoinedWay[] {
  const ways: JoinedWay[] = [];
  for (const { product, way, steps } of group) {
    const same = ways.find((one) => one.way === way && keysOf(one.steps) === keysOf(steps));
    if (same === undefined) ways.push({ products: [product], way, steps });
    else same.products.push(product);
  }
  return ways;
}

/** Where most of several steps are typed; null where there is no such place. */
function placeOfMost(steps: readonly NextStep[]): Where | null {
  const most = PLACES.find((place) => 2 * steps.filter(({ where }) => where === place).length > steps.length);
  return steps.length > 1 ? (most ?? null) : null;
}

/** Both releases of varstored are XCP-ng 8.3. */
function productsText(products: readonly Product[]): string {
  const isAll8_3 = products.includes("xcp-ng-8.3") && products.includes("xcp-ng-8.3-fixed");
  const names = products.map((one) =>
    isAll8_3 && one.startsWith("xcp-ng-8.3") ? "XCP-ng 8.3" : PRODUCT[one],
  );
  return `On ${[...new Set(names)].join(", or ")}`;
}

interface StepPlace {
  readonly letter: string;
  readonly number: number;
}

function keyOf({ where, title, commands }: NextStep): string {
  return JSON.stringify([where, title, commands]);
}

function keysOf(steps: readonly NextStep[]): string {
  return steps.map(keyOf).join();
}

/** Steps that an earlier way shows are replaced by their numbers there. */
function withoutRepetition(
  steps: readonly NextStep[],
  letter: string,
  told: Map<string, StepPlace>,
): (NextStep | ToldStep)[] {
  const shown: (NextStep | ToldStep)[] = [];
  let repeated: StepPlace[] = [];
  const tellRepeated = (): void => {
    if (repeated.length > 0) shown.push(referenceTo(repeated));
    repeated = [];
  };
  for (const one of steps) {
    const before = told.get(keyOf(one));
    if (before !== undefined && before.letter !== letter) {
      if (repeated[0] !== undefined && repeated[0].letter !== before.letter) tellRepeated();
      repeated.push(before);
      continue;
    }
    tellRepeated();
    told.set(keyOf(one), { letter, number: shown.length + 1 });
    shown.push(one);
  }
  tellRepeated();
  return shown;
}

function referenceTo(places: readonly StepPlace[]): ToldStep {
  const numbers = places.map(({ number }) => number);
  const listed =
    numbers.length === 1
      ? `step ${numbers[0]}`
      : `steps ${numbers.slice(0, -1).join(", ")} and ${numbers.at(-1)}`;
  return { text: `The same as ${listed} of ${places[0]?.letter}.`, before: [], commands: [], after: [] };
}

/** Sentences that many steps have, and their short form after the first time. */
const SAID_ONCE: readonly (readonly [sentence: string, again: string])[] = [
  [RECOVERY, "It changes PCR 7, as above: have the recovery key at hand."],
  [PUT_BACK, "With the VM halted: put the saved NVRAM back, as above."],
];

function shortened(one: NextStep | ToldStep, said: Set<string>, place: Where | null): ToldStep {
  if ("text" in one) return one;
  const short = (text: string | null): string | null => {
    const [sentence, again] = SAID_ONCE.find(([whole]) => text?.includes(whole) === true) ?? [];
    if (text === null || sentence === undefined || again === undefined) return text;
    if (said.has(sentence)) return text.replace(sentence, () => again);
    said.add(sentence);
    return text;
  };
  const told = { ...one, caution: short(one.caution), expect: short(one.expect), undo: short(one.undo) };
  return toldStep(told, one.where === place);
}

function headingOf({ title, names, for: places }: NextStepsReport): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => clip(printable(name), MAX_NAME));
  const more = Math.max(names.length, places.length) - shown.length;
  const others = more > 0 && names.length > 1 ? ` and ${more} more` : "";
  return `${title} (${shown.join(", ")}${others}).`;
}

/** `isPlaceTold`: where it is typed stands above it already. */
export function toldStep(
  { where, title, commands, caution, expect, undo }: NextStep,
  isPlaceTold = false,
): ToldStep {
  const place = isPlaceTold ? "" : ` (${WHERE[where]})`;
  return {
    text: `${title}${place}${commands.length === 0 ? "." : ":"}`,
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
