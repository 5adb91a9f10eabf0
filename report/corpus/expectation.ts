/** What a case of a corpus is expected to come to: the report without its sentences, and what repairs would make. */
import { toHex } from "../../parsers/bytes.ts";
import type { VmSource } from "../../parsers/model.ts";
import { type FurtherOutcome, type RepairSettings, repairVm } from "../../rules/engine/repair.ts";
import type { RepairOutcome } from "../../rules/engine/repair-types.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import { STRATEGIES, type Strategy } from "../../rules/engine/strategy.ts";
import type { FindingReport } from "../finding.ts";
import type { InputReport } from "../input.ts";
import type { StandIns } from "./stand-ins.ts";

/** Sentences may be put better at any time; the facts behind them are what is expected. */
export type CaseFinding = Omit<FindingReport, "message">;

/** By strategy the SHA-256 of the repaired blob, or why there is none: `nothing-to-repair`, `refused`. */
export type CaseRepairs = Readonly<Record<Strategy, string>>;

/** One copy of an NVRAM. */
export interface CaseVm {
  readonly source: string;
  readonly kind: string;
  readonly verdict: Verdict;
  readonly loads: boolean | null;
  readonly refusal: string | null;
  readonly findings: readonly CaseFinding[];
  readonly repairs: CaseRepairs;
}

/** One element of the report's `inputs`. */
export interface CaseElement {
  readonly format: string | null;
  /** Code of its error. */
  readonly error: string | null;
  /** Of the input as a whole; left out where there are none. */
  readonly findings?: readonly CaseFinding[];
  readonly vms: readonly CaseVm[];
}

/** `path` begins with "!" for a member of an archive, and is empty for the input itself. */
export interface PlacedElement extends CaseElement {
  readonly path: string;
}

/** By what a case is judged. */
export interface CaseTerms {
  /** `YYYY-MM-DD`, by which validity is judged. */
  readonly asOf: string;
  /** Left out where no certificate plays the part of another. */
  readonly standIns?: StandIns;
  /** Left out where the disks of an export are not read. */
  readonly boot?: true;
}

/** expected.json: one element stands in it as it is, several under `elements`. */
export type Expectation = CaseTerms & (CaseElement | { readonly elements: readonly PlacedElement[] });

export function expectationOf(terms: CaseTerms, elements: readonly PlacedElement[]): Expectation {
  const [only, ...more] = elements;
  if (only === undefined || more.length > 0) return { ...terms, elements };
  const { path: _path, ...element } = only;
  return { ...terms, ...element };
}

/** The other way round; the path of an only element is told as that of the input itself. */
export function elementsOf(expectation: Expectation): readonly PlacedElement[] {
  if ("elements" in expectation) return expectation.elements;
  const { asOf: _asOf, standIns: _standIns, boot: _boot, ...element } = expectation;
  return [{ path: "", ...element }];
}

/** What every strategy would make of one copy: the last comes first, because the others ask for it, and no proof is kept. */
export function caseRepairs(vm: VmSource, settings: RepairSettings): CaseRepairs {
  const known = new Map<Strategy, FurtherOutcome>();
  const results = STRATEGIES.toReversed().map((strategy) => {
    const { result, outcome } = shortOutcome(repairVm(vm, strategy, settings, known), settings);
    known.set(strategy, outcome);
    return [strategy, result] as const;
  });
  return Object.fromEntries(results.toReversed()) as Record<Strategy, string>;
}

function shortOutcome(
  outcome: RepairOutcome,
  { platform }: RepairSettings,
): { readonly result: string; readonly outcome: FurtherOutcome } {
  const { kind } = outcome;
  if (kind === "repaired") return { result: toHex(platform.sha256(outcome.bytes)), outcome: { kind } };
  const strategyThatCan = kind === "refused" ? outcome.strategyThatCan : null;
  return { result: kind, outcome: { kind, strategyThatCan } };
}

/** `path` as that of PlacedElement; `repairs` are those of the report's `vms`, in their order. */
export function placedElement(
  path: string,
  { format, error, findings, vms }: Pick<InputReport, "format" | "error" | "findings" | "vms">,
  repairs: readonly CaseRepairs[],
): PlacedElement {
  return {
    path,
    format,
    error: error?.code ?? null,
    ...(findings.length === 0 ? {} : { findings: findings.map(withoutMessage) }),
    vms: vms.flatMap(({ source, kind, verdict, nvram, findings: ofVm }, index) => {
      const strategies = repairs[index];
      if (strategies === undefined) return [];
      return {
        source,
        kind,
        verdict,
        loads: nvram?.loads ?? null,
        refusal: nvram?.refusal?.code ?? null,
        findings: ofVm.map(withoutMessage),
        repairs: strategies,
      };
    }),
  };
}

function withoutMessage({ message: _message, ...finding }: FindingReport): CaseFinding {
  return finding;
}
