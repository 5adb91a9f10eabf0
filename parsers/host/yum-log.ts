/** yum's log: `Oct 23 14:05:11 Updated: varstored-1.2.0-3.1.xcpng8.3.x86_64` (yum rpmtrans.py, logginglevels.py). */

import { PARSER_LIMITS } from "../limits.ts";
import { emptyHostFile, type HostFile, type HostPackage, type LoggedTransaction } from "./host-file.ts";
import { LINE_END, LineReader } from "./line-reader.ts";
import { LogClock, timeOfLine } from "./log-time.ts";
import { isWatched, readPackageName } from "./package-name.ts";

const TRANSACTION = /^.{15} (Installed|Updated|Erased): (\S{1,256})/;
/** Other lines that yum writes there. */
const ANY_LINE = /^.{15} (?:Installed|Updated|Erased|Dep-Installed|Obsoleted|Reinstalled): \S/;

/** `text` is the beginning of an input. */
export function looksLikeYumLog(text: string): boolean {
  const first = text.split(LINE_END, 1)[0] ?? "";
  return timeOfLine(first)?.year === null && ANY_LINE.test(first);
}

/** The action of a line of yum's; null for any other line. */
export function yumTransactionOf(line: string): string | null {
  return TRANSACTION.exec(line)?.[1] ?? null;
}

export class YumLogReader {
  private readonly transactions: LoggedTransaction[] = [];
  private readonly clock: LogClock = new LogClock();
  private dropped = 0;
  private readonly lines: LineReader = new LineReader((line, number) => this.takeLine(line, number));

  feed(piece: Uint8Array): void {
    this.lines.feed(piece);
  }

  end(): void {
    this.lines.end();
  }

  file(): HostFile {
    const { transactions, dropped } = this;
    const { first, last, yearsPassed } = this.clock;
    return { ...emptyHostFile("transactions"), transactions, first, last, yearsPassed, dropped };
  }

  takeLine(line: string, number: number): void {
    this.clock.see(line);
    const match = TRANSACTION.exec(line);
    const time = match === null ? null : timeOfLine(line);
    if (match === null || time === null) return;
    const [, action = "", name = ""] = match;
    const found = packageOf(action, name);
    if (found === null || !isWatched(found)) return;
    if (this.transactions.length >= PARSER_LIMITS.maxHostEvents) {
      this.dropped++;
      return;
    }
    const { yearsPassed } = this.clock;
    this.transactions.push({
      action: ACTIONS[action] ?? "installed",
      package: found,
      time,
      line: number,
      yearsPassed,
    });
  }
}

const ACTIONS: Readonly<Record<string, LoggedTransaction["action"]>> = {
  Installed: "installed",
  Updated: "updated",
  Erased: "erased",
};

/** Of what is erased yum tells what it has at that time, often the name alone. */
function packageOf(action: string, name: string): HostPackage | null {
  const found = readPackageName(name);
  if (found !== null && isWatched(found)) return found;
  return action === "Erased" ? { name, version: "", arch: null } : found;
}
