/** The exit codes, as scripts rely on them. */
import type { Severity } from "../rules/engine/rule.ts";

export const FAIL_ON: readonly ["error", "warning", "info", "never"] = ["error", "warning", "info", "never"];
export type FailOn = Severity | "never";

export const EXIT: {
  readonly ok: 0;
  readonly findings: 1;
  readonly wrongUsage: 2;
  readonly inputFailed: 3;
  readonly refused: 4;
  readonly defect: 70;
  readonly interrupted: 130;
} = {
  ok: 0,
  findings: 1,
  wrongUsage: 2,
  inputFailed: 3,
  refused: 4,
  defect: 70,
  interrupted: 130,
};
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What `--help` says of them. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, "nothing at or above --fail-on; repair: written, or nothing to repair"],
  [
    EXIT.findings,
    "analyze: findings at or above --fail-on; diff: the two differ; verify: damaged; boot: a VM does not start; corpus: a case changed or failed",
  ],
  [EXIT.wrongUsage, "wrong usage, or a place that cannot be written"],
  [EXIT.inputFailed, "an input that was named could not be opened or recognised"],
  [EXIT.refused, "a repair or redaction was refused, or its result failed verification; nothing was written"],
  [EXIT.defect, "a defect of varscope itself"],
  [EXIT.interrupted, "interrupted (Ctrl-C, as the shell counts it)"],
];

const RANK = { info: 0, warning: 1, error: 2 } as const satisfies Record<Severity, number>;

/** The results of an analysis that the exit code needs. */
export interface Tally {
  readonly inputFailed: boolean;
  /** Null without any finding. */
  readonly worst: Severity | null;
  /** One input of many made varscope itself fail. */
  readonly hasDefect: boolean;
}

/** The louder of two severities. */
export function worse(a: Severity | null, b: Severity | null): Severity | null {
  if (a === null || b === null) return a ?? b;
  return RANK[a] >= RANK[b] ? a : b;
}

/** An input that failed wins over findings: what was not read may be the worst of all. */
export function exitCode({ inputFailed, worst, hasDefect }: Tally, failOn: FailOn): ExitCode {
  if (hasDefect) return EXIT.defect;
  if (inputFailed) return EXIT.inputFailed;
  return worst !== null && isFailure(worst, failOn) ? EXIT.findings : EXIT.ok;
}

/** Whether a finding of this severity fails a run. */
export function isFailure(severity: Severity, failOn: FailOn): boolean {
  return failOn !== "never" && RANK[severity] >= RANK[failOn];
}
