/** One case, judged by its own terms. */

import { nodeWorld } from "../../cli/io/world.ts";
import { judgeFile } from "../../library/judge/judge.ts";
import { NOTHING_MORE } from "../../library/judge/judged-copies.ts";
import type { FileTask } from "../../library/judge/task.ts";
import { ParseError } from "../../parsers/errors.ts";
import {
  type CaseRepairs,
  type CaseTerms,
  caseRepairs,
  type PlacedElement,
  placedElement,
} from "../../report/corpus/expectation.ts";
import { withStandIns } from "../../report/corpus/stand-ins.ts";
import { type Summary, SummaryCounter } from "../../report/summary.ts";
import type { BriefCopy } from "../../report/vm.ts";
import type { RepairSettings } from "../../rules/engine/repair.ts";
import type { VmAnalysis } from "../../rules/engine/rule.ts";
import { SpoolRoom } from "../io/spool.ts";
import type { CaseFiles } from "./case-folder.ts";
import { repairedContent } from "./repaired-file.ts";

export interface JudgedCase {
  readonly elements: readonly PlacedElement[];
  readonly summary: Summary;
  /** What a repair makes of the input; null where the case does not ask for it, or where there is nothing to write. */
  readonly repaired: Uint8Array | null;
}

/** Throws ParseError `over-limit` for a repaired file that is larger than a case may be. */
export async function judgeCase(
  { input, repaired }: CaseFiles,
  terms: CaseTerms,
  general: RepairSettings,
): Promise<JudgedCase> {
  const settings = settingsOf(terms, general);
  const elements: PlacedElement[] = [];
  const counter = new SummaryCounter();
  const repairs = new WeakMap<BriefCopy, CaseRepairs>();
  const watch = ({ vm }: VmAnalysis, copy: BriefCopy): void =>
    void repairs.set(copy, caseRepairs(vm, settings));
  const judging = {
    wanted: NOTHING_MORE,
    detailOf: null,
    form: "whole",
    room: new SpoolRoom(),
    watch,
    boot: terms.boot === true,
  } as const;
  for await (const { report, tally } of judgeFile(taskOf(input), settings, nodeWorld, judging)) {
    const ofCopies = report.vms.flatMap((vm) => repairs.get(vm) ?? []);
    elements.push(asJson(placedElement(report.path.slice(input.length), report, ofCopies)));
    counter.merge(tally.summary);
  }
  const content = repaired === null ? null : await repairedContent(input, settings);
  return { elements, summary: counter.summary, repaired: content };
}

function settingsOf({ asOf, standIns }: CaseTerms, general: RepairSettings): RepairSettings {
  return { ...general, asOf, knowledge: withStandIns(general.knowledge, standIns) };
}

/** Of a case the input is named: what no format claims is told as it is. */
function taskOf(input: string): FileTask {
  return { kind: "file", place: 0, path: input, below: input, isNamed: true, error: null };
}

/** As it will be read from expected.json again. */
function asJson(element: PlacedElement): PlacedElement {
  return JSON.parse(JSON.stringify(element));
}

/** What is said of a case that nobody has judged yet. */
export function missingExpectation(): ParseError {
  return new ParseError({
    code: "not-found",
    path: "expected.json",
    expected: "what the case is to come to",
    found: "no such file",
    next: "Have corpus update write it, and read what it says.",
  });
}
