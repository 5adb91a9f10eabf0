/** What a report tells only where it was asked for, as sections of lines: for writers that have headings of their own. */
import { baselineLines } from "./baseline-text.ts";
import { clusterLines } from "./cluster-text.ts";
import type { Look } from "./look.ts";
import type { AskedSections } from "./report-writer.ts";

export interface AskedText {
  readonly heading: string;
  readonly lines: readonly string[];
}

export function askedTexts({ clusters, baseline }: AskedSections, look: Look): AskedText[] {
  return [
    ...(clusters === undefined ? [] : [{ heading: "Common causes", lines: clusterLines(clusters, look) }]),
    ...(baseline === undefined
      ? []
      : [{ heading: "Since the baseline", lines: baselineLines(baseline, look) }]),
  ];
}
