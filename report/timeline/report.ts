/** Timelines as the report tells them (`timelines` of `analyze --format json`). */
import type { Restorable } from "../../rules/backup/restorable.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import type { VariableChange } from "./changes.ts";
import type { Timeline } from "./timeline.ts";

export interface TimelineCopyReport {
  readonly path: string;
  /** The backup's own path, where `path` is a cache of several; else null. */
  readonly file: string | null;
  readonly source: string;
  readonly verdict: Verdict;
  readonly sha256: string | null;
}

/** Path, source, verdict and SHA-256 are those of the copy that a restore takes. */
export interface TimelineBackupReport extends TimelineCopyReport {
  readonly timestamp: string;
  readonly mode: string | null;
  readonly restorable: Restorable;
  /** Rules whose findings break something in it. */
  readonly rules: readonly string[];
  readonly otherCopies: readonly TimelineCopyReport[];
}

export interface TimelineReport {
  readonly vmUuid: string;
  readonly nameLabel: string | null;
  /** The oldest first. */
  readonly backups: readonly TimelineBackupReport[];
  /** Places in `backups`. */
  readonly lastGood: number | null;
  readonly firstBad: number | null;
  /**
   * The VM's own record beside its snapshots, where nothing tells when it was saved: later than each of them. Missing without one.
   */
  readonly current?: TimelineCopyReport;
  /** Backups of which no file could be read, the oldest first. Missing without one. */
  readonly notRead?: readonly { readonly timestamp: string; readonly path: string }[];
  /** From the last good one to the first bad one; null without both, and where one of them cannot be compared. */
  readonly changes: readonly VariableChange[] | null;
}

export function timelineReport(timeline: Timeline, changes: TimelineReport["changes"]): TimelineReport {
  const { vmUuid, nameLabel, backups, lastGood, firstBad, current, notRead } = timeline;
  return {
    vmUuid,
    nameLabel,
    backups: backups.map(({ timestamp, mode, restored, restorable, others }) => ({
      timestamp,
      mode,
      ...copyReport(restored),
      restorable,
      rules: restored.broken,
      otherCopies: others.map(copyReport),
    })),
    lastGood,
    firstBad,
    ...(current === null ? {} : { current: copyReport(current) }),
    ...(notRead.length === 0 ? {} : { notRead: notRead.map(({ timestamp, path }) => ({ timestamp, path })) }),
    changes,
  };
}

function copyReport({ path, file, source, verdict, sha256 }: TimelineCopyReport): TimelineCopyReport {
  return { path, file, source, verdict, sha256 };
}
