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
    /** Date of the newest built-in table, `YYYY-MM-DD`. */
    readonly tables: string;
  };
  readonly asOf: string;
  /** Title that the user gave (`--title`). Absent where none was given. */
  readonly title?: string;
  readonly referenceId?: string;
  /** The saved report that this one was made of. Only from `convert`. */
  readonly convertedFrom?: SavedFrom;
  readonly inputs: readonly InputReport[];
  readonly summary: RunSummary;
  /** One for each VM with backups among the inputs. */
  readonly timelines: readonly TimelineReport[];
  /** How many copies in backups are in no timeline, because there are too many. Absent where it is none. */
  readonly timelineCopiesLeftOut?: number;
  /** Only with `--group`. */
  readonly clusters?: readonly ToldCluster[];
  readonly baseline?: BaselineReport;
  /** What to do, the worst first. Absent where no steps were made. */
  readonly nextSteps?: readonly NextStepsReport[];
  readonly ignored?: IgnoredReport;
}

/** A cluster with what to do about it. */
export interface ToldCluster extends ClusterReport {
  readonly next: readonly { readonly text: string; readonly commands: readonly string[] }[];
}
