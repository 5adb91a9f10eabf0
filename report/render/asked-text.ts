/** Sections that only some reports have (`--group`, `--baseline`, …), as lines, for writers with their own headings. */
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { baselineLines } from "./baseline-text.ts";
import { clusterLines } from "./cluster-text.ts";
import type { Look } from "./look.ts";
import type { AskedSections } from "./report-writer.ts";
import { counted, wrap } from "./text.ts";

export interface AskedText {
  readonly heading: string;
  readonly lines: readonly string[];
}

export function askedTexts(
  { clusters, baseline, timelineCopiesLeftOut }: AskedSections,
  look: Look,
): AskedText[] {
  return [
    ...(timelineCopiesLeftOut === undefined
      ? []
      : [{ heading: "Backups left out", lines: leftOutLines(timelineCopiesLeftOut, look) }]),
    ...(clusters === undefined ? [] : [{ heading: "Common causes", lines: clusterLines(clusters, look) }]),
    ...(baseline === undefined
      ? []
      : [{ heading: "Since the baseline", lines: baselineLines(baseline, look) }]),
  ];
}

function leftOutLines(count: number, { columns }: Look): string[] {
  const copies = counted(count, "copy", "copies");
  const text = `Of the backups ${copies} more ${count === 1 ? "was" : "were"} judged, and ${count === 1 ? "is" : "are"} in no timeline: one run puts ${PARSER_LIMITS.maxTimelineCopies} in order. Analyze the folders of some VMs alone.`;
  return wrap(text, columns, 2);
}
