/** How far a run over many files is, on standard error: only for a terminal, and only once it takes long. */

import { clip, printable } from "../../report/render/printable.ts";
import { countedVerdict, VERDICTS } from "../../report/render/verdicts.ts";
import type { Summary } from "../../report/summary.ts";
import type { Verdict } from "../../rules/engine/rule.ts";
import { canShowProgress, timeText, widthOf } from "./byte-progress.ts";
import { clearProgressLine, showProgressLine } from "./progress-line.ts";

const PATIENCE_MS = 700;
const INTERVAL_MS = 200;
/** Verdicts that are no news. */
const QUIET_VERDICTS: readonly Verdict[] = ["healthy", "no-nvram"];

export interface Progress {
  /** A file was judged. */
  readonly done: (path: string) => void;
  /** A file was judged by an earlier run: it counts for nothing here. */
  readonly passOver: () => void;
  readonly stop: () => void;
}

/** What is told. */
interface ProgressState {
  readonly done: number;
  /** Of this run; null as long as nobody has counted. */
  readonly total: number | null;
  readonly elapsedMs: number;
  readonly byVerdict: Summary["byVerdict"];
  /** The last file that was judged. */
  readonly path: string;
}

const NONE: Progress = { done: () => {}, passOver: () => {}, stop: () => {} };

/** `count` counts the files, and is only called where somebody reads it; `summary` tells of those judged so far. */
export function startProgress(
  wanted: boolean,
  count: () => Promise<number>,
  summary: () => Summary,
): Progress {
  const { stderr } = process;
  if (!wanted || !canShowProgress(stderr, process.env)) return NONE;
  const begin = Date.now();
  let [done, passedOver, path, isCounting] = [0, 0, "", false];
  let total: number | null = null;
  const setTotal = (counted: number): void => {
    total = counted;
  };
  const timer = setInterval(() => {
    const elapsedMs = Date.now() - begin;
    if (elapsedMs < PATIENCE_MS) return;
    const { byVerdict } = summary();
    const left = total === null ? null : total - passedOver;
    showProgressLine(runLine({ done, total: left, elapsedMs, byVerdict, path }, widthOf(stderr)));
    if (!isCounting) count().then(setTotal, ignore);
    isCounting = true;
  }, INTERVAL_MS);
  timer.unref();
  return {
    done: (judged) => {
      path = judged;
      done++;
    },
    passOver: () => {
      passedOver++;
    },
    stop: () => {
      clearInterval(timer);
      clearProgressLine();
    },
  };
}

/** What cannot be counted has no time left. */
function ignore(): void {}

/** The rate, the time left, the worst verdicts so far, and the file; as wide as the terminal. */
function runLine({ done, total, elapsedMs, byVerdict, path }: ProgressState, columns: number): string {
  const perSecond = (done * 1000) / Math.max(1, elapsedMs);
  const share = total === null || total === 0 ? "" : ` of ${total} (${Math.floor((done * 100) / total)} %)`;
  const left =
    total === null || done === 0 ? "" : `, ${timeText(Math.max(0, total - done) / perSecond)} left`;
  const bad = VERDICTS.filter((verdict) => !QUIET_VERDICTS.includes(verdict)).flatMap((verdict) => {
    const count = byVerdict[verdict] ?? 0;
    return count === 0 ? [] : [`${count} ${countedVerdict(verdict)}`];
  });
  const text = `${done}${share} judged, ${Math.round(perSecond)}/s${left}${bad.length === 0 ? "" : `; ${bad.join(", ")}`}`;
  const room = columns - text.length - 3;
  return room < 20 ? clip(text, columns - 1) : `${text}; ${clip(printable(path), room)}`;
}
