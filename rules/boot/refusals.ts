/** Images that were tried and refused with Secure Boot on, sorted by the rule that tells them. */
import type { JudgedAttempt, JudgedBoot } from "./judged-boot.ts";
import { signersOf } from "./weigh.ts";

export interface Refusal {
  readonly entry: string;
  readonly path: string;
  readonly reason: string;
  readonly variable: string | null;
  /** Which entry of the variable, from 0. */
  readonly index: number | null;
  readonly signers: readonly string[];
}

export type RefusalKind = "unsigned" | "signed-2011" | "sbat" | "svn" | "other";

/** How many refused entries are shown; firmware rarely has more than five. */
const MAX_TOLD = 16;
const PCA_2011 = "Microsoft Windows Production PCA 2011";
const SBAT: ReadonlySet<string> = new Set(["sbat-below-level", "sbat-missing", "shim-below-level"]);
const BEHIND_SHIM: ReadonlySet<string> = new Set(["second-stage-refused", "mok-manager-missing"]);

export function refusalsOf({ checked }: JudgedBoot, kind: RefusalKind): Refusal[] {
  const told = new Map<string, Refusal>();
  for (const attempt of checked.attempts)
    for (const one of refusals(attempt)) {
      // The firmware's own search may come to the same file again.
      const key = `${one.path.toLowerCase()}\n${one.reason}`;
      if (one.kind === kind && !told.has(key) && told.size < MAX_TOLD) told.set(key, one);
    }
  return [...told.values()];
}

function* refusals(attempt: JudgedAttempt): Generator<Refusal & { readonly kind: RefusalKind }> {
  const { entry, path, status, why } = attempt;
  const signers = signersOf(attempt);
  const head = { entry, path: path ?? "the boot loader", signers };
  if (why !== null && status === "access-denied")
    yield {
      ...head,
      kind: kindOf(why.rule, signers),
      reason: why.rule,
      variable: why.variable,
      index: why.entry,
    };
  if (why?.rule === "svn-below-dbx")
    yield { ...head, kind: "svn", reason: why.rule, variable: why.variable, index: why.entry };
  for (const { path: next, why: reason } of attempt.then) {
    if (!SBAT.has(reason) && !BEHIND_SHIM.has(reason)) continue;
    const kind = SBAT.has(reason) ? "sbat" : "other";
    yield { ...head, path: next ?? head.path, signers: [], kind, reason, variable: null, index: null };
  }
}

function kindOf(rule: string, signers: readonly string[]): RefusalKind {
  if (rule === "not-signed") return "unsigned";
  const is2011 = signers.length > 0 && signers.every((name) => name === PCA_2011);
  return is2011 && (rule === "signature-in-dbx" || rule === "signer-revoked") ? "signed-2011" : "other";
}
