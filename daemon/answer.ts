/** What is said of a signature: it holds, it does not, or it does not for a reason that can be told, or that is left open. */

/** The signer comes from a trusted certificate, but OpenSSL refuses the chain. */
export class BrokenChain {
  /** Words that follow "but" in a sentence. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** varscope cannot compute the answer: not known whether the daemon takes it. */
export class Undecided {
  /** Words that follow "depends on" in a sentence. */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export type Answer = boolean | BrokenChain | Undecided;

/** The first answer that is a refusal, else the first undecided one, else yes. Stops at the first refusal. */
export function all(questions: readonly (() => Answer)[]): Answer {
  let answer: Answer = true;
  for (const ask of questions) {
    const next = ask();
    if (next === false || next instanceof BrokenChain) return next;
    if (answer === true) answer = next;
  }
  return answer;
}
