/** Verdicts and severities as they stand in a page: a word, and a colour that only repeats it. */
import type { Severity, Verdict } from "../../../rules/engine/rule.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";

export type Tone = "bad" | "warn" | "info" | "good";

export const TONES: Readonly<Record<Verdict, Tone>> = {
  unbootable: "bad",
  unreadable: "bad",
  "at-risk": "warn",
  unknown: "info",
  "no-nvram": "info",
  healthy: "good",
};

const SEVERITY_TONES: Readonly<Record<Severity, Tone>> = { error: "bad", warning: "warn", info: "info" };

/** A word that would make its column wider than the page; other words stay whole. */
const LONG_WORD = /[^\s-]{31}/;

/** Of the cell that the text stands in. */
export function breaks(text: string): Markup {
  return LONG_WORD.test(text) ? markup` class="any"` : NOTHING;
}

export function badge(tone: Tone, word: string): Markup {
  return markup`<b class="badge ${tone}">${word}</b>`;
}

export function severityBadge(severity: Severity): Markup {
  return badge(SEVERITY_TONES[severity], severity.toUpperCase());
}
