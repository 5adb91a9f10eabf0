/** What to do about one copy that stands for many with the same root cause: the steps of its remedy, each as a sentence with its commands. */
import type { FormatId } from "../../parsers/model.ts";
import type { Advice } from "../advice.ts";
import { programCall } from "../program-call.ts";
import { WHERE } from "../render/next-steps-text.ts";
import type { VmReport } from "../vm.ts";
import { named } from "./collector.ts";
import type { NextStep, Patient, Symptom } from "./remedy.ts";
import { REPAIRED_RULES } from "./repair.ts";

/** A sentence, and commands below it that are never broken over lines. */
export interface Step {
  readonly text: string;
  readonly commands: readonly string[];
}

/** What is known about a copy that represents others: the result of a repair, and what remedies need. */
export interface CopyNote {
  readonly advice: Advice;
  readonly symptoms: readonly Symptom[];
}

/** Of the findings those that decide between the steps of a repair, the first of each rule. */
export function noteOf(advice: Advice, findings: readonly Symptom[]): CopyNote {
  const first = new Map<string, Symptom>();
  for (const { ruleId, facts, variable } of findings)
    if (REPAIRED_RULES.includes(ruleId) && !first.has(ruleId)) first.set(ruleId, { ruleId, facts, variable });
  return { advice, symptoms: [...first.values()] };
}

export interface AdvisedCopy extends Pick<VmReport, "uuid" | "nameLabel" | "kind" | "source"> {
  readonly path: string;
  readonly format: FormatId | null;
}

const REMEDY_OF: Readonly<Record<Exclude<Advice["kind"], "nothing">, string>> = {
  repair: "repair",
  "beyond-repair": "beyond-repair",
  untried: "untried-repair",
};

/** Empty where nothing is to be done. */
export function stepsOfCopy(copy: AdvisedCopy, { advice, symptoms }: CopyNote): Step[] {
  if (advice.kind === "nothing") return [];
  const patient: Patient = {
    ...copy,
    vm: 0,
    place: "vm",
    verdict: null,
    errorCode: null,
    symptoms,
    advice,
  };
  const remedy = named(REMEDY_OF[advice.kind]);
  const subject = { patients: [patient], more: 0, program: programCall() } as const;
  const steps = remedy.variants(subject).flatMap((variant) => variant.steps);
  return steps.map((step, i) => ({
    text: [
      ...(i === 0 && advice.kind === "beyond-repair" ? [`${remedy.title(subject)}.`] : []),
      sentences(step),
    ].join(" "),
    commands: step.commands,
  }));
}

function sentences({ where, title, caution, expect }: NextStep): string {
  const place = where === "here" ? "" : ` (${WHERE[where]})`;
  return [
    `${title}${place}.`,
    ...(caution === null ? [] : [`Mind: ${caution}`]),
    ...(expect === null ? [] : [`Then: ${expect}`]),
  ].join(" ");
}
