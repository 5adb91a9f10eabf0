/**
 * Bars as SVG that stretch with the page: all lengths across are shares of the width, so nothing needs a `style` attribute,
 * which the page's policy forbids. A picture is hidden from screen readers: the figures beside it say the same.
 */
import { type Markup, markup, NOTHING } from "../markup.ts";

/** Classes of the style sheet that fill a shape. */
export type Fill =
  | "o-xcp"
  | "o-ms"
  | "o-other"
  | "o-rest"
  | "o-start"
  | "v-bad"
  | "v-warn"
  | "v-good"
  | "v-info";

export interface Segment {
  readonly size: number;
  readonly fill: Fill;
  /** Hatched: it stands there before already. */
  readonly repeats?: boolean;
}

export interface BarOptions {
  /** What the whole width stands for. */
  readonly scale: number;
  /** Pixels. */
  readonly height: number;
  /** A line across the bar; what lies beyond it is framed. Null for none. */
  readonly limit: number | null;
  /** What would be added behind the segments, dashed; 0 for nothing. */
  readonly added?: number;
}

/** `share(1, 4)` is `25%`. */
export function share(part: number, whole: number): string {
  const percent = whole <= 0 ? 0 : (100 * part) / whole;
  return `${Number(Math.min(100, Math.max(0, percent)).toFixed(3))}%`;
}

export function bar(segments: readonly Segment[], { scale, height, limit, added = 0 }: BarOptions): Markup {
  let at = 0;
  const drawn: Markup[] = [];
  for (const { size, fill, repeats } of segments) {
    if (size <= 0) continue;
    const place = markup`x="${share(at, scale)}" width="${share(size, scale)}" y="0" height="${height}"`;
    drawn.push(markup`<rect ${place} class="${fill} gap"></rect>`);
    if (repeats === true) drawn.push(markup`<rect ${place} fill="url(#repeats)"></rect>`);
    at += size;
  }
  if (added > 0)
    drawn.push(
      markup`<rect x="${share(at, scale)}" width="${share(added, scale)}" y="1" height="${height - 2}" class="ghost"></rect>`,
    );
  const end = at + added;
  const over =
    limit === null || end <= limit
      ? NOTHING
      : markup`<rect x="${share(limit, scale)}" width="${share(end - limit, scale)}" y="-2" height="${height + 4}" class="over"></rect>`;
  const line =
    limit === null
      ? NOTHING
      : markup`<line x1="${share(limit, scale)}" x2="${share(limit, scale)}" y1="-5" y2="${height + 5}" class="limit"></line>`;
  return markup`<svg class="bar-picture" height="${height}" aria-hidden="true"><rect width="${share(limit ?? scale, scale)}" height="${height}" class="well" rx="2"></rect>${drawn}${over}${line}</svg>`;
}

/** The numbers below a bar, and the limit in words. */
export function axis(scale: number, step: number, limit: number): Markup {
  const ticks: Markup[] = [];
  for (let value = 0; value < scale; value += step) {
    if (Math.abs(value - limit) <= step * 0.75) continue;
    const anchor = value === 0 ? "start" : "middle";
    ticks.push(
      markup`<text x="${share(value, scale)}" y="13" text-anchor="${anchor}"${value === 0 ? NOTHING : markup` class="between"`}>${grouped(value)}</text>`,
    );
  }
  const anchor = limit / scale > 0.9 ? "end" : "middle";
  return markup`<svg class="axis" height="18" aria-hidden="true">${ticks}<text x="${share(limit, scale)}" y="13" text-anchor="${anchor}" class="limit-text">limit ${grouped(limit)}</text></svg>`;
}

/** Shapes that pictures refer to; once in a page. */
export const SHAPES: Markup = markup`<svg width="0" height="0" aria-hidden="true" class="shapes"><defs><pattern id="repeats" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><path d="M0 0V6" class="hatch"></path></pattern></defs></svg>`;

/** A small example of a fill, for a legend. */
export function swatch(fill: Fill | "ghost", repeats = false): Markup {
  const hatch = repeats ? markup`<rect width="18" height="12" fill="url(#repeats)"></rect>` : NOTHING;
  return fill === "ghost"
    ? markup`<svg class="swatch" aria-hidden="true"><rect x="1" y="1" width="16" height="10" class="ghost"></rect></svg>`
    : markup`<svg class="swatch" aria-hidden="true"><rect width="18" height="12" rx="2" class="${fill}"></rect>${hatch}</svg>`;
}

/** `57 344`, with narrow spaces that do not break. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}
