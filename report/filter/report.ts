/** What a report says of the findings that it does not tell: `ignored` of `analyze --format json`, and the last line for people. */
import { clip, printable } from "../render/printable.ts";
import { counted } from "../render/text.ts";
import { type FilterSettings, type IgnoredTally, isExpired } from "./filter.ts";
import type { IgnoreEntry } from "./ignore-file.ts";

export interface IgnoredReport extends IgnoredTally {
  /** Entries of the ignore file that are past their day: what they name is told again. */
  readonly expired: readonly IgnoreEntry[];
  /** Entries that count and matched nothing; only where there are some, and the run saw everything itself. */
  readonly unused?: readonly IgnoreEntry[];
}

/** Null where nothing of the kind was asked for. `matched`: places of entries; null where that is not known. */
export function ignoredReport(
  { only, ignore, minSeverity, entries, asOf }: FilterSettings,
  tally: IgnoredTally,
  matched: ReadonlySet<number> | null,
): IgnoredReport | null {
  const isAsked = only.length + ignore.length + entries.length > 0 || minSeverity !== "info";
  if (!isAsked) return null;
  const unused = entries.filter((entry, i) => matched?.has(i) === false && !isExpired(entry, asOf));
  return {
    ...tally,
    expired: entries.filter((entry) => isExpired(entry, asOf)),
    ...(unused.length === 0 ? {} : { unused }),
  };
}

/** Printable; null where there is nothing to say. */
export function ignoredSentence({ byOption, until }: IgnoredTally): string | null {
  const days = Object.entries(until);
  const parts = [
    ...(days.length === 0
      ? []
      : [
          days
            .map(([day, count], i) => `${i === 0 ? `${findings(count)} ignored` : count} until ${day}`)
            .join(", "),
        ]),
    ...(byOption === 0 ? [] : [`${findings(byOption)} not shown (--only, --ignore, --min-severity)`]),
  ];
  return parts.length === 0 ? null : `${parts.join("; ")}.`;
}

function findings(count: number): string {
  return `${counted(count, "finding")} ${count === 1 ? "is" : "are"}`;
}

/** What stands at the very end of a report for people: printable. */
export function ignoredLines(ignored: IgnoredReport | undefined): string[] {
  if (ignored === undefined) return [];
  const sentence = ignoredSentence(ignored);
  const unused = unusedSentence(ignored);
  return [
    ...expiredSentences(ignored),
    ...(unused === null ? [] : [unused]),
    ...(sentence === null ? [] : [sentence]),
  ];
}

const MAX_UNUSED = 3;
const MAX_SCOPE = 60;

/** Printable; null where each entry matched something, or nobody knows. An entry that is written wrongly would hide nothing in silence. */
export function unusedSentence({ unused = [] }: Pick<IgnoredReport, "unused">): string | null {
  if (unused.length === 0) return null;
  const told = unused
    .slice(0, MAX_UNUSED)
    .map(
      (entry) => `${clip(printable(entry.rule), MAX_SCOPE)} of ${clip(printable(scopeOf(entry)), MAX_SCOPE)}`,
    );
  const more = unused.length > told.length ? ` and ${unused.length - told.length} more` : "";
  const entries = unused.length === 1 ? "1 entry" : `${unused.length} entries`;
  return `${entries} of the ignore file matched nothing: ${told.join("; ")}${more}.`;
}

function scopeOf({ vm, path, variable }: IgnoreEntry): string {
  return [vm, path, variable].filter((part) => part !== undefined).join(", ");
}

const MAX_TOLD = 10;
const MAX_REASON = 200;

/** A sentence for each entry that is past its day, the first of them. */
export function expiredSentences({ expired }: Pick<IgnoredReport, "expired">): string[] {
  const told = expired.slice(0, MAX_TOLD).map((entry) => {
    const { rule, reason, until } = entry;
    const text = `${clip(printable(rule), MAX_REASON)} of ${clip(printable(scopeOf(entry)), MAX_REASON)} was to be ignored until ${until}, and counts no more (${clip(printable(reason), MAX_REASON)}).`;
    return `The ignore file is out of date: ${text}`;
  });
  const more = expired.length - told.length;
  return more > 0 ? [...told, `${more} more entries of the ignore file are past their day.`] : told;
}
