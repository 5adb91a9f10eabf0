/** What to ask the customer for: one file a question, as data. `index.ts` lists them. */
import type { NextStep } from "../remedies/remedy.ts";

export interface Ask {
  /** Kebab-case, the file's name. */
  readonly id: string;
  readonly question: string;
  /** What it answers best. */
  readonly tells: string;
  /** What it does not tell; null where it tells all. */
  readonly lacks: string | null;
  /** What it holds that is nobody's business, or what it costs; null for nothing. */
  readonly caution: string | null;
  /** Words by which people ask for it, besides those of the id. */
  readonly words: readonly string[];
  /** Ways to get it, the best first: one is enough unless the step says otherwise. */
  readonly ways: readonly NextStep[];
  /** How what the first way left on the host comes to the machine with varscope; empty where it lies elsewhere. */
  readonly fetch: readonly string[];
  /** What varscope does with it; behind the name of the program. */
  readonly command: string;
  readonly source: readonly string[];
}
