/** The report as users, scripts and tests rely on it (`--format json`, `varscope schema report`). */
import type { BaselineReport } from "./baseline/report.ts";
import type { ClusterReport } from "./clusters/report.ts";
import type { IgnoredReport } from "./filter/report.ts";
import type { InputReport } from "./input.ts";
import type { SavedFrom } from "./provenance.ts";
import type { NextStepsReport } from "./remedies/next-steps.ts";
import type { RunSummary } from "./summary.ts";
import type { TimelineReport } from "./timeline/report.ts";

export const SCHEMA_VERSION = 1;

export interface Report {
  readonly schemaVersion: number;
  readonly tool: {
    readonly name: string;
    readonly version: string;
    /** `YYYY-MM-DD` of its newest table. */
    readonly tables: string;
  };
  readonly asOf: string;
  /** What the user calls it; only where that was given. */
  readonly title?: string;
  readonly referenceId?: string;
  /** The saved report that was told once more; only of `convert`. */
  readonly convertedFrom?: SavedFrom;
  readonly inputs: readonly InputReport[];
  readonly summary: RunSummary;
  /** One a VM of which there are backups. */
  readonly timelines: readonly TimelineReport[];
  /** Copies in backups that are in no timeline, because there are too many; missing where all are. */
  readonly timelineCopiesLeftOut?: number;
  /** Only where they are asked for. */
  readonly clusters?: readonly ToldCluster[];
  readonly baseline?: BaselineReport;
  /** What to do, the worst first; missing where nobody is told. */
  readonly nextSteps?: readonly NextStepsReport[];
  readonly ignored?: IgnoredReport;
}

/** A cluster with what to do about it. */
export interface ToldCluster extends ClusterReport {
  readonly next: readonly { readonly text: string; readonly commands: readonly string[] }[];
}
