/** What a run of the bench does; `--quick` is for tests that it works, its figures say nothing. */
import { parseArgs } from "node:util";

export interface BenchOptions {
  /** Different blobs of the in-process part. */
  readonly variants: number;
  /** Starts of each process, and passes over the folder. */
  readonly starts: number;
  readonly passes: number;
  /** Different dumps in the folder; each has 99 KB. */
  readonly dumps: number;
  /** Analyses of the memory part. */
  readonly analyses: number;
  /** The result as JSON instead of tables. */
  readonly json: boolean;
}

const FULL = { variants: 2000, starts: 41, passes: 3, dumps: 10_000, analyses: 100_000 };
const QUICK = { variants: 20, starts: 1, passes: 1, dumps: 10, analyses: 200 };

export function benchOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      dumps: { type: "string" },
      analyses: { type: "string" },
    },
  });
  const usual = values.quick ? QUICK : FULL;
  return {
    ...usual,
    json: values.json,
    dumps: numberOf(values.dumps, usual.dumps),
    analyses: numberOf(values.analyses, usual.analyses),
  };
}

function numberOf(text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  if (!/^[1-9]\d{0,6}$/.test(text))
    throw new TypeError(`a number from 1 to 9999999 is expected, not ${text}`);
  return Number(text);
}
