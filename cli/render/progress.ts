/** What is being read, on standard error: only for a terminal, and only once it takes long. */
import { clip, printable } from "./printable.ts";

const PATIENCE_MS = 700;
const INTERVAL_MS = 200;
const CLEAR_LINE = "\r\u001b[K";

export interface Progress {
  readonly now: (what: string) => void;
  readonly stop: () => void;
}

export function startProgress(wanted: boolean): Progress {
  const { stderr } = process;
  if (!wanted || stderr.isTTY !== true) return { now: () => {}, stop: () => {} };
  let current = "";
  let count = 0;
  let shown = false;
  const begin = Date.now();
  const timer = setInterval(() => {
    if (Date.now() - begin < PATIENCE_MS) return;
    const room = Math.max(20, (stderr.columns ?? 80) - 24);
    stderr.write(`${CLEAR_LINE}${count} read, now ${clip(printable(current), room)}`);
    shown = true;
  }, INTERVAL_MS);
  timer.unref();
  return {
    now: (what) => {
      if (current !== "") count++;
      current = what;
    },
    stop: () => {
      clearInterval(timer);
      if (shown) stderr.write(CLEAR_LINE);
    },
  };
}
