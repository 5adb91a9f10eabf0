/** Why the VMs of a run are not healthy: how many VMs each cause has, which, and what mends them. */
import type { Cause } from "../../overview/causes.ts";
import { mendsText, type NextStepsBrief } from "../../overview/mends.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { clip } from "../printable.ts";
import { counted } from "../text.ts";
import { verdictLabel } from "../verdicts.ts";
import { badge, TONES } from "./words.ts";

/** Causes that are told; the table has every VM. */
const MAX_TOLD = 20;
const MAX_RULES = 8;
const MAX_NAME = 60;

/** `isExplained`: of which rules the report has the text, at `#rule-ID`. */
export function causesView(
  causes: readonly Cause[],
  nextSteps: readonly NextStepsBrief[],
  isExplained: (rule: string) => boolean,
): Markup {
  const rest = causes.slice(MAX_TOLD);
  const vms = rest.reduce((sum, cause) => sum + cause.vms, 0);
  const more =
    rest.length === 0
      ? NOTHING
      : markup`<p class="dim">${counted(rest.length, "more cause")} of ${counted(vms, "VM")}: the table has each.</p>\n`;
  return markup`${causes.slice(0, MAX_TOLD).map((cause) => causeView(cause, nextSteps, isExplained))}${more}`;
}

function causeView(
  cause: Cause,
  nextSteps: readonly NextStepsBrief[],
  isExplained: (rule: string) => boolean,
): Markup {
  const { verdict, title, variables, vms, names, rules } = cause;
  const about =
    variables.length === 0 ? "" : ` (${variables.map((name) => clip(name, MAX_NAME)).join(", ")})`;
  const which = names.map((name) => clip(name, MAX_NAME)).join(", ");
  const ids = rules
    .slice(0, MAX_RULES)
    .map(
      (id, i) =>
        markup`${i === 0 ? "" : ", "}${isExplained(id) ? markup`<a href="#rule-${id}">${id}</a>` : id}`,
    );
  return markup`<article class="cause"><h3>${badge(TONES[verdict], verdictLabel(verdict))} ${counted(vms, "VM")}: ${title}${about}</h3>
<p class="dim any">${which}${vms > names.length ? ` and ${vms - names.length} more` : ""}</p>
${ids.length === 0 ? NOTHING : markup`<p class="mono">${ids}${rules.length > ids.length ? ` and ${rules.length - ids.length} more` : ""}</p>\n`}<p>${mendsText(cause, nextSteps)}</p></article>
`;
}
