/** What to do about one copy that stands for many with the same root cause: the steps of its remedy, each as a sentence with its commands. */
import type { FormatId } from "../../parsers/model.ts";
import type { Advice } from "../advice.ts";
import { programCall } from "../program-call.ts";
import type { VmReport } from "../vm.ts";
import { named } from "./collector.ts";
import type { Patient } from "./remedy.ts";

/** A sentence, and commands below it that are never broken over lines. */
export interface Step {
  readonly text: string;
  readonly commands: readonly string[];
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
export function stepsOfCopy(copy: AdvisedCopy, advice: Advice): Step[] {
  if (advice.kind === "nothing") return [];
  const patient: Patient = {
    ...copy,
    vm: 0,
    place: "vm",
    verdict: null,
    errorCode: null,
    symptoms: [],
    advice,
  };
  const remedy = named(REMEDY_OF[advice.kind]);
  const subject = { patients: [patient], more: 0, program: programCall() } as const;
  const steps = remedy.variants(subject).flatMap((variant) => variant.steps);
  return steps.map(({ title, caution, expect, commands }, i) => ({
    text: [
      ...(i === 0 && advice.kind === "beyond-repair" ? [`${remedy.title(subject)}.`] : []),
      `${title}.`,
      ...(caution === null ? [] : [caution]),
      ...(expect === null ? [] : [expect]),
    ].join(" "),
    commands,
  }));
}
