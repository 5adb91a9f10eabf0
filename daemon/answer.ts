/** What is said of a signature: it holds, it does not, or it does not for a reason that can be told, or that is left open. */

/** The signer comes from a trusted certificate, but OpenSSL refuses the chain. */
export class BrokenChain {
  /** To stand behind "but". */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

/** varscope does not compute it: neither taken nor refused. */
export class Undecided {
  /** To stand behind "depends on". */
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

export type Answer = boolean | BrokenChain | Undecided;

/** The first that is refused; else what is undecided, if anything is. Asks no more than it needs. */
export function all(questions: readonly (() => Answer)[]): Answer {
  let answer: Answer = true;
  for (const ask of questions) {
    const next = ask();
    if (next === false || next instanceof BrokenChain) return next;
    if (answer === true) answer = next;
  }
  return answer;
}
