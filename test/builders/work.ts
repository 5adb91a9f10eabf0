/**
 * How much a function walks through, counted instead of timed: elements of arrays that are searched, and characters of texts that are
 * searched or matched. What takes the square of its input shows at once, on any machine.
 */

type Method = (this: unknown, ...args: never[]) => unknown;
type Cost = (self: never, args: readonly never[], result: never) => number;

const SEARCHED = [
  "includes",
  "indexOf",
  "lastIndexOf",
  "find",
  "findIndex",
  "findLast",
  "some",
  "every",
] as const;

const ofArray: Cost = (self: readonly unknown[]) => self.length;
/** As far as it was looked. */
const ofText: Cost = (
  self: string,
  [, from = 0]: readonly (number | undefined)[],
  result: number | boolean,
) => (typeof result === "number" && result >= 0 ? result : self.length) - from;

function counted(prototype: object, name: string, cost: Cost, add: (steps: number) => void): () => void {
  const methods = prototype as Record<string, Method>;
  const method = methods[name]!;
  methods[name] = function (this: unknown, ...args: never[]): unknown {
    const result = method.apply(this, args);
    add(cost(this as never, args, result as never));
    return result;
  };
  return () => {
    methods[name] = method;
  };
}

/** Steps of a function that answers at once. */
export function stepsOf(run: () => unknown): number {
  let steps = 0;
  const add = (more: number): void => {
    steps += more;
  };
  const undo = [
    ...SEARCHED.map((name) => counted(Array.prototype, name, ofArray, add)),
    counted(String.prototype, "indexOf", ofText, add),
    counted(String.prototype, "includes", ofText, add),
    countedMatches(add),
  ];
  try {
    run();
  } finally {
    for (const back of undo) back();
  }
  return steps;
}

/** `test`, `replace`, `match` and `split` go through it as well. */
function countedMatches(add: (steps: number) => void): () => void {
  const { exec } = RegExp.prototype;
  RegExp.prototype.exec = function (this: RegExp, text: string): RegExpExecArray | null {
    const from = this.global || this.sticky ? this.lastIndex : 0;
    const match = exec.call(this, text);
    if (match !== null) add(match.index + match[0].length - from);
    else if (!this.sticky) add(String(text).length - from);
    return match;
  };
  return () => {
    RegExp.prototype.exec = exec;
  };
}

/** How many times as much is walked through for an input of four times the size: 4 where it is linear, 16 where it is the square. */
export function growth(run: (size: number) => unknown, size: number): number {
  return stepsOf(() => run(4 * size)) / stepsOf(() => run(size));
}
