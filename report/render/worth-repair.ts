/** Which inputs of a run next steps are for, and in which order: the same in every report for people. */
import type { InputReport } from "../input.ts";
import type { TimelineReport } from "../timeline/report.ts";
import type { Step } from "./next-steps.ts";

/** What is kept of an input until its place is known, at the end of a run. */
export interface InputSteps extends Pick<InputReport, "path" | "format"> {
  readonly steps: readonly Step[];
}

/**
 * Without what holds one VM at many times, and without the backups of a VM that went bad after a good one: its timeline says
 * which to take. Of the others the newest backup comes first.
 */
export function worthRepair<T extends Pick<InputReport, "path" | "format">>(
  inputs: readonly T[],
  timelines: readonly TimelineReport[],
): readonly T[] {
  const times = new Map<string, string>();
  const saved = new Set<string>();
  for (const { backups, lastGood, firstBad } of timelines) {
    for (const { path, timestamp, otherCopies } of backups) {
      for (const copy of [path, ...otherCopies.map((other) => other.path)]) {
        times.set(copy, timestamp);
        if (lastGood !== null && firstBad !== null) saved.add(copy);
      }
    }
  }
  const timeOf = ({ path }: T): string => times.get(path) ?? "";
  return inputs
    .filter(({ path, format }) => format !== "xo-cache" && !saved.has(path))
    .toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : timeOf(a) > timeOf(b) ? -1 : 0));
}
