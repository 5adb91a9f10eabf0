/** The backups of a VM as a lane in time: a shape and a colour for each verdict, the last good one ringed. */
import type { Verdict } from "../../../rules/engine/rule.ts";
import type { TimelineBackupReport, TimelineReport } from "../../timeline/report.ts";
import { type Markup, markup, NOTHING } from "../markup.ts";
import { TONES } from "./words.ts";

/** Lanes that are drawn, the bad ones first; of a thousand VMs nobody looks at more. */
const MAX_LANES = 40;
/** Marks of one lane; of more backups the newest are drawn. */
const MAX_MARKS = 60;
/** Shares of the width that a lane leaves free at its ends. */
const MARGIN = 3;
/** Dates nearer to each other than these shares of the width would stand in each other: on the narrowest screen, and on others. */
const DATE_NARROW = 13;
const DATE_WIDE = 5;
/** A label of a mark nearer to an end than this share stands beside it, where there is room. */
const AT_AN_END = 15;

/** One lane a VM that has more than one backup. `words` says a verdict, `textOf` what stands below a lane. */
export function timelinesView(
  timelines: readonly TimelineReport[],
  words: (verdict: Verdict) => string,
  textOf: (timeline: TimelineReport) => Markup,
): Markup {
  const several = timelines.filter(({ backups, notRead = [] }) => backups.length + notRead.length > 1);
  const sorted = [...several].sort((a, b) => Number(b.firstBad !== null) - Number(a.firstBad !== null));
  const range = rangeOf(sorted.slice(0, MAX_LANES));
  const lanes = sorted.slice(0, MAX_LANES).map((timeline) => lane(timeline, range, words, textOf));
  const more = sorted.length - MAX_LANES;
  return markup`${lanes}${more > 0 ? markup`<p class="dim">${more} more VMs have several backups; the JSON report has all.</p>\n` : NOTHING}`;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

function rangeOf(timelines: readonly TimelineReport[]): Range {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  for (const { backups } of timelines)
    for (const { timestamp } of backups.slice(-MAX_MARKS)) {
      const time = Date.parse(timestamp);
      if (Number.isNaN(time)) continue;
      from = Math.min(from, time);
      to = Math.max(to, time);
    }
  return { from, to };
}

function lane(
  timeline: TimelineReport,
  range: Range,
  words: (verdict: Verdict) => string,
  textOf: (timeline: TimelineReport) => Markup,
): Markup {
  const { nameLabel, vmUuid, backups, lastGood, firstBad } = timeline;
  const drawn = backups.slice(-MAX_MARKS);
  const first = backups.length - drawn.length;
  const places = drawn.map(({ timestamp }) => placeOf(timestamp, range));
  const dates = datesOf(places);
  const marks = drawn.map((backup, i) => {
    const kind = { isLastGood: first + i === lastGood, isFirstBad: first + i === firstBad };
    return markOf(backup, places[i] ?? MARGIN, dates[i] ?? null, kind);
  });
  const spoken = drawn.map(
    ({ timestamp, verdict, restorable }, i) =>
      `${timestamp.slice(0, 10)} ${words(verdict)}${restorable.ok === false ? ", cannot be restored" : ""}${first + i === lastGood ? ", the last good one" : ""}`,
  );
  return markup`<article class="lane"><h3>${nameLabel ?? vmUuid}</h3><p class="mono dim">${vmUuid}</p>
<svg role="img" aria-label="${backups.length} backups: ${spoken.join("; ")}"><line x1="${MARGIN}%" x2="${100 - MARGIN}%" y1="36" y2="36" class="time"></line>${marks}</svg>
${textOf(timeline)}</article>
`;
}

/** Where a backup is drawn, as a share of the width. */
function placeOf(timestamp: string, { from, to }: Range): number {
  const time = Date.parse(timestamp);
  const part = Number.isNaN(time) || to <= from ? 0 : (time - from) / (to - from);
  return Number((MARGIN + (100 - 2 * MARGIN) * part).toFixed(3));
}

/** On which screens a date is shown: all, all but the narrow ones (`between`), or none. Backups stand in the order of their times. */
function datesOf(places: readonly number[]): readonly ("" | "between" | null)[] {
  let shown = Number.NEGATIVE_INFINITY;
  let narrow = Number.NEGATIVE_INFINITY;
  return places.map((place) => {
    if (place - shown < DATE_WIDE) return null;
    shown = place;
    if (place - narrow < DATE_NARROW) return "between";
    narrow = place;
    return "";
  });
}

interface MarkKind {
  readonly isLastGood: boolean;
  readonly isFirstBad: boolean;
}

const SHAPES = {
  good: markup`<circle r="6.5" class="v-good"></circle>`,
  warn: markup`<path d="M0-8L8 0 0 8-8 0z" class="v-warn"></path>`,
  bad: markup`<rect x="-7" y="-7" width="14" height="14" class="v-bad"></rect>`,
  info: markup`<circle r="6" class="v-info"></circle>`,
} as const;

function markOf(
  { timestamp, verdict, restorable }: TimelineBackupReport,
  x: number,
  shown: "" | "between" | null,
  { isLastGood, isFirstBad }: MarkKind,
): Markup {
  const crossed =
    restorable.ok === false ? markup`<path d="M-9-9L9 9M9-9L-9 9" class="over"></path>` : NOTHING;
  const ring = isLastGood ? markup`<circle r="12" class="ring"></circle>` : NOTHING;
  const date =
    shown === null
      ? NOTHING
      : markup`<text y="30" text-anchor="middle" class="${shown}">${timestamp.slice(5, 10)}</text>`;
  // The first bad one often stands beside the last good one: it has a line of its own.
  const label = isLastGood
    ? labelOf("last good", -18, x)
    : isFirstBad
      ? labelOf("first bad", 46, x)
      : NOTHING;
  return markup`<svg x="${x}%" y="36" overflow="visible"><g>${SHAPES[TONES[verdict]]}${crossed}${ring}${date}${label}</g></svg>`;
}

function labelOf(text: string, y: number, x: number): Markup {
  const [anchor, dx] = x < AT_AN_END ? ["start", -12] : x > 100 - AT_AN_END ? ["end", 12] : ["middle", 0];
  return markup`<text x="${dx}" y="${y}" text-anchor="${anchor}" class="mark-text">${text}</text>`;
}
