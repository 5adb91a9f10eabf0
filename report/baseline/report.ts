/** What a run says of the time since an earlier report (`baseline` of `analyze --format json`). */
import type { GoneCopy } from "./known-copies.ts";

export interface BaselineReport {
  /** The earlier report, as named. */
  readonly file: string;
  /** Of varscope that wrote it; null where it does not tell, as NDJSON. */
  readonly version: string | null;
  /** Findings. */
  readonly new: number;
  readonly fixed: number;
  readonly unchanged: number;
  /** Copies whose verdict got worse. */
  readonly worse: number;
  readonly copies: { readonly new: number; readonly changed: number; readonly unchanged: number };
  /** Null where only a part of the run was done, which cannot know. */
  readonly gone: { readonly count: number; readonly copies: readonly GoneCopy[] } | null;
}
