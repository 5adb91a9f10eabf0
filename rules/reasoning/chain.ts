/** An answer with the steps that lead to it. Everything is data; sentences are made of it in sentences.ts. */
import type { EfiVariable, Span } from "../../parsers/model.ts";
import type { Claim, ClaimFacts } from "./claims.ts";
import type { Question } from "./topics.ts";

/** unknown: nothing in the NVRAM tells. Never "probably". */
export type Answer = "yes" | "no" | "unknown";

/** Where a step can be looked up. */
export interface Evidence {
  readonly variable: EfiVariable | null;
  /** Route below the NVRAM, such as `variables[3].data`; "" is the NVRAM itself. */
  readonly path: string;
  /** Bytes of the blob. */
  readonly span: Span | null;
}

export type Step = {
  readonly [C in Claim]: {
    readonly claim: C;
    readonly facts: ClaimFacts[C];
    readonly because: Evidence;
  };
}[Claim];

export interface Chain {
  readonly question: Question;
  readonly answer: Answer;
  /** In the order in which one follows from the other, at most six. */
  readonly steps: readonly Step[];
  readonly conclusion: Step;
}

/** A step that rests on `variable`; without one, on the NVRAM as a whole. */
export function step<C extends Claim>(
  claim: C,
  facts: ClaimFacts[C],
  variable: EfiVariable | null = null,
): Step {
  const because: Evidence =
    variable === null
      ? { variable, path: "", span: null }
      : { variable, path: `variables[${variable.index}].data`, span: variable.dataSpan };
  return { claim, facts, because } as Step;
}
