/** All that the files of one host tell, put together. */

import { PARSER_LIMITS } from "../limits.ts";
import { type FailedStart, failedStarts } from "./failed-starts.ts";
import type { GuestEvent, HostFile, HostPackage, LogTime, UnknownLine } from "./host-file.ts";
import { type DatedTransaction, dated, dateTransactions, yearBefore } from "./years.ts";

export interface HostHistory {
  /** Files that it was read from, as they are called inside the input. */
  readonly files: readonly string[];
  /** When the bug report was made, `YYYY-MM-DDThh:mm:ss`, as its name tells; null where nothing does. */
  readonly reportedAt: string | null;
  /** Those of varstored that are installed; null without a list of packages. */
  readonly packages: readonly HostPackage[] | null;
  /** Those of varstored; null without yum's log. */
  readonly transactions: readonly DatedTransaction[] | null;
  /** Null without a log of daemons. */
  readonly failedStarts: readonly FailedStart[] | null;
  /** Clones and copies that failed; null without a log of daemons. */
  readonly cloneFailures: readonly CloneFailure[] | null;
  /** Of varstored and about its end; null without a log of daemons. */
  readonly unknownLines: readonly HostUnknownLine[] | null;
  /** Lines beyond those. */
  readonly moreUnknownLines: number;
  /** Null without events of a guest. */
  readonly guestEvents: readonly GuestEvent[] | null;
  /** Events that were too many to be kept. */
  readonly dropped: number;
}

export interface CloneFailure {
  /** As that of a start that failed. */
  readonly time: string | null;
  readonly uuid: string | null;
  readonly exitCode: number;
  readonly file: string;
  readonly line: number;
}

/** A line that no pattern knows. */
export interface HostUnknownLine extends Omit<UnknownLine, "time"> {
  /** As that of a start that failed. */
  readonly time: string | null;
  readonly file: string;
}

/** How xen-bugtool calls a report, and the folder in it. */
const REPORT_NAME = /bug-report-(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(?!\d)/g;

/** When the report was made in which a path lies, by the last folder that says so; null where none does. */
export function reportTimeOf(path: string): string | null {
  const match = [...path.matchAll(REPORT_NAME)].at(-1);
  if (match === undefined) return null;
  const [, year, month, day, hours, minutes, seconds] = match;
  return `${year}-${month}-${day}T${hours}:${minutes}:${seconds}`;
}

export function hostHistory(files: readonly HostFile[], reportedAt: string | null): HostHistory {
  const of = (kind: HostFile["kind"]): readonly HostFile[] => files.filter((file) => file.kind === kind);
  const lists = of("packages");
  const yumLogs = of("transactions");
  const logs = of("log");
  const events = of("guest-events");
  return {
    files: files.map(({ name }) => name),
    reportedAt,
    packages: lists.length === 0 ? null : lists.flatMap(({ packages }) => packages),
    transactions: yumLogs.length === 0 ? null : dateTransactions(yumLogs, reportedAt),
    failedStarts: logs.length === 0 ? null : failedStarts(logs, reportedAt),
    cloneFailures: logs.length === 0 ? null : logs.flatMap((log) => cloneFailuresOf(log, reportedAt)),
    ...unknownLinesOf(logs, reportedAt),
    guestEvents: events.length === 0 ? null : events.flatMap(({ guestEvents }) => guestEvents),
    dropped: files.reduce((sum, { dropped }) => sum + dropped, 0),
  };
}

function cloneFailuresOf({ name, cloneFailures }: HostFile, reportedAt: string | null): CloneFailure[] {
  return cloneFailures.map(({ uuid, exitCode, time, line }) => {
    return { time: timeText(time, reportedAt), uuid, exitCode, file: name, line };
  });
}

/** Errors first, whatever file they stand in. */
function unknownLinesOf(
  logs: readonly HostFile[],
  reportedAt: string | null,
): Pick<HostHistory, "unknownLines" | "moreUnknownLines"> {
  if (logs.length === 0) return { unknownLines: null, moreUnknownLines: 0 };
  const all = logs
    .flatMap(({ name, unknownLines }) =>
      unknownLines.map(({ time, ...line }) => ({ ...line, time: timeText(time, reportedAt), file: name })),
    )
    .sort((a, b) => Number(b.isError) - Number(a.isError));
  const beyond = all.splice(PARSER_LIMITS.maxUnknownLines);
  return {
    unknownLines: all,
    moreUnknownLines:
      logs.reduce((sum, { moreUnknownLines }) => sum + moreUnknownLines, 0) +
      beyond.reduce((sum, { times }) => sum + times, 0),
  };
}

function timeText(time: LogTime | null, reportedAt: string | null): string | null {
  if (time === null) return null;
  return dated(time, time.year ?? (reportedAt === null ? null : yearBefore(time, reportedAt)));
}
