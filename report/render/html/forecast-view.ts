/** A forecast as a part of the page: each update's answer, and how the room in its variable goes. */
import type { ForecastStep } from "../../../daemon/forecast.ts";
import { VARSTORED_LIMITS } from "../../../parsers/limits.ts";
import type { ForecastEntry } from "../../forecast.ts";
import { endTexts } from "../forecast-text.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { vmName } from "../vm-block.ts";
import { grouped } from "./picture.ts";
import { badge } from "./words.ts";

const DAEMONS = {
  fixed: "a fixed daemon (varstored 1.3.1, XCP-ng 1.2.0-3.2 and later)",
  unfixed: "an unfixed daemon (varstored 1.2.0 and before)",
} as const;
const NEVER_ANSWERS: ReadonlySet<string> = new Set(["daemon-hangs", "daemon-crashes"]);

export function forecastView(entries: readonly ForecastEntry[]): Markup {
  if (entries.length === 0)
    return markup`<h3>Updates</h3><p>There is no NVRAM that could take an update.</p>`;
  return markup`<h3>What the daemon of the host would answer</h3>\n${entries.map(entryView)}`;
}

function entryView(entry: ForecastEntry): Markup {
  const { path, vm, source, daemon, steps, error } = entry;
  const copy = source === "NVRAM" ? "" : ` (${source})`;
  const end =
    error !== null
      ? steps.length > 0
        ? markup`<p>What comes after this step is not known.</p>`
        : markup`<p>${badge("warn", "NO ANSWER")} The daemon does not load this NVRAM: ${error.message} Save it repaired, open that here, and try the update on it.</p>`
      : endTexts(entry).map(({ kind, head, rest }) =>
          kind === "bad"
            ? markup`<p><b class="bad">${head}</b>${rest}</p>`
            : markup`<p><b>${head}</b>${rest}</p>`,
        );
  return markup`<h4>${vmName(path, vm)}${copy} on ${DAEMONS[daemon]}</h4>
<ol>${steps.map(stepView)}</ol>${end}\n`;
}

function stepView(step: ForecastStep): Markup {
  const { update, append, variable, status, statusName, reason } = step;
  const answer = status === null ? (step.check ?? "") : `${statusName} ${status}`;
  return markup`<li><p>${answerBadge(step)} <b>${update}</b> <span class="dim">(${append ? "append to" : "replace"} ${variable.name}) ${answer}</span><br>${reason}${roomText(step)}</p></li>\n`;
}

function roomText({ variable, bytesBefore, bytesAfter, totalRoom }: ForecastStep): Markup {
  if (bytesAfter === null || totalRoom === null) return NOTHING;
  const { DATA_LIMIT, TOTAL_LIMIT } = VARSTORED_LIMITS;
  const grown = bytesAfter - bytesBefore;
  const growth = grown === 0 ? "" : ` (${grown > 0 ? "+" : ""}${grouped(grown)})`;
  return markup`<br><span class="dim">${variable.name}: ${grouped(bytesAfter)} of ${grouped(DATA_LIMIT)} bytes${growth}; all variables: ${grouped(TOTAL_LIMIT - totalRoom)} of ${grouped(TOTAL_LIMIT)}</span>`;
}

function answerBadge({ status, check, loadsAfterwards }: ForecastStep): Markup {
  if (status === null)
    return NEVER_ANSWERS.has(check ?? "") ? badge("bad", "NO ANSWER") : badge("warn", "UNKNOWN");
  if (status !== "0x0") return badge("warn", "REFUSED");
  return loadsAfterwards ? badge("good", "TAKEN") : badge("bad", "TAKEN, AND FATAL");
}
