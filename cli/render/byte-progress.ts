/** How far a long reading is, on standard error: only for a terminal, and only once it takes long. */
import { bytesText } from "../../report/render/byte-size.ts";
import { clip } from "../../report/render/printable.ts";
import { clearProgressLine, showProgressLine } from "./progress-line.ts";

const PATIENCE_MS = 700;
const INTERVAL_MS = 500;
const BAR_WIDTH = 24;

/** A line that is written over needs a terminal that can clear one. */
export function canShowProgress(
  { isTTY }: Pick<NodeJS.WriteStream, "isTTY">,
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return isTTY === true && env["TERM"] !== "dumb";
}

/** Terminals that do not tell their width say 0. */
export function widthOf({ columns }: Pick<NodeJS.WriteStream, "columns">): number {
  return columns || 80;
}

/** `total` is null where the size is not known, as of a pipe. Returns what ends it. */
export function startByteProgress(wanted: boolean, total: number | null, done: () => number): () => void {
  const { stderr } = process;
  if (!wanted || !canShowProgress(stderr, process.env)) return () => {};
  const begin = Date.now();
  const timer = setInterval(() => {
    const elapsed = Date.now() - begin;
    if (elapsed < PATIENCE_MS) return;
    // A line that is broken cannot be cleared.
    showProgressLine(clip(progressLine(done(), total, elapsed), widthOf(stderr) - 1));
  }, INTERVAL_MS);
  timer.unref();
  return () => {
    clearInterval(timer);
    clearProgressLine();
  };
}

/** A bar, what was read, the rate and the time left; `elapsed` in milliseconds. */
export function progressLine(done: number, total: number | null, elapsed: number): string {
  const perSecond = (done * 1000) / Math.max(1, elapsed);
  const rate = `${bytesText(perSecond)}/s`;
  if (total === null || total === 0) return `${bytesText(done)} read, ${rate}`;
  const share = Math.min(1, done / total);
  const filled = Math.round(share * BAR_WIDTH);
  const bar = `${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}`;
  const left = perSecond > 0 ? `, ${timeText((total - done) / perSecond)} left` : "";
  return `[${bar}] ${Math.floor(share * 100)} % of ${bytesText(total)}, ${rate}${left}`;
}

/** A time left in plain words. */
export function timeText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${minutes} min`;
  return minutes > 0 ? `${minutes} min ${whole % 60} s` : `${whole} s`;
}
