/** An answer with the steps that lead to it. Everything is data; sentences are made of it in sentences.ts. */
import type { EfiVariable, Span } from "../../parsers/model.ts";
import type { Claim, ClaimFacts } from "./claims.ts";

/** unknown: nothing in the NVRAM tells. Never "probably". */
export type Answer = "yes" | "no" | "unknown";

export const QUESTIONS = {
  "write-pk": "Can anybody still write PK?",
  "write-kek": "Can anybody still write KEK?",
  "write-db": "Can anybody still write db?",
  "write-dbx": "Can anybody still write dbx?",
  "get-kek-2023": "Can the guest get Microsoft's KEK of 2023 by itself?",
  "get-db-2023": "Can the guest get Microsoft's certificates of 2023 for db by itself?",
  "update-dbx": "Can the guest bring its dbx up to Microsoft's newest known release by itself?",
  "change-owners": "Can the guest correct the owners of its entries by itself?",
  "start-without-secure-boot": "Does it start with Secure Boot off?",
  "start-windows": "Does Windows start with Secure Boot on?",
  "start-linux": "Does Linux with a shim signed by Microsoft start with Secure Boot on?",
  "start-others": "Does anything else start with Secure Boot on?",
} as const;
export type Question = keyof typeof QUESTIONS;

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
