/** One sentence on what helps against a cause: from the next steps where they have one, else from the tried repair. */

import type { Advice } from "../advice.ts";
import { CUT_RULES } from "../remedies/cut-copy.ts";
import { clip, printable } from "../render/printable.ts";
import type { Cause } from "./causes.ts";

/** The parts of a report's next steps that are used here. */
export interface NextStepsBrief {
  readonly title: string;
  readonly for: readonly { readonly input: number; readonly vm: number | null }[];
  readonly ruleIds: readonly string[];
}

const MAX_DELETED = 3;

export function mendsText(
  { advice, isRepairable, place, rules }: Cause,
  nextSteps: readonly NextStepsBrief[],
): string {
  const isCut = rules.some((id) => CUT_RULES.includes(id));
  if (isCut) return `${GET_AGAIN} If it is as short: ${ifAsShort(advice)}`;
  if (advice?.kind === "repair") return repairText(advice);
  if (advice?.kind === "beyond-repair")
    return "No strategy repairs it: look for an older backup or export of each.";
  if (place === null) return "See the backups: the last good one of each, or a repair of the newest.";
  const own = nextSteps.filter(({ ruleIds, for: those }) => {
    const isFor = those.some(({ input, vm }) => input === place.input && vm === place.vm);
    return isFor && ruleIds.some((id) => rules.includes(id));
  });
  const titles = [...new Set(own.map(({ title }) => title))];
  if (titles.length > 0) return `Next steps: ${titles.slice(0, 2).join("; ")}.`;
  if (isRepairable) return "varscope repair may mend it; with --dry-run it says what comes of it.";
  const [first] = rules;
  return first === undefined
    ? "--format json tells what was found in each."
    : `varscope explain ${first} tells what to do.`;
}

const GET_AGAIN = "Get each from its host again first: it may have been cut on its way.";

function ifAsShort(advice: Advice | null): string {
  if (advice?.kind === "repair") return repairText(advice);
  return advice?.kind === "beyond-repair"
    ? "look for an older backup or export of each."
    : "varscope repair --dry-run says what comes of it.";
}

function repairText({ strategy, deletes }: Extract<Advice, { kind: "repair" }>): string {
  if (strategy === "merge") return "varscope repair mends it and loses nothing.";
  const names = deletes.slice(0, MAX_DELETED).map((name) => clip(printable(name), 40));
  const more = deletes.length > names.length ? `, and ${deletes.length - names.length} more` : "";
  const what = names.length === 0 ? "" : `, and deletes ${names.join(", ")}${more}`;
  return `varscope repair --strategy ${strategy} mends it${what}.`;
}
