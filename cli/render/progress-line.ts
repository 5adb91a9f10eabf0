/** The one line on standard error that is written over as a run goes on. */
const CLEAR_LINE = "\r\u001b[K";
let shown = false;

export function showProgressLine(line: string): void {
  process.stderr.write(`${CLEAR_LINE}${line}`);
  shown = true;
}

/** Before anything else is written to a terminal: else it would stand behind the line, or be cleared with it. */
export function clearProgressLine(): void {
  if (shown) process.stderr.write(CLEAR_LINE);
  shown = false;
}
