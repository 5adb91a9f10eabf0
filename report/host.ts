/** What an input tells of a host, as the report has it. */
import type { FailedStart } from "../parsers/host/failed-starts.ts";
import { type CloneFailure, type HostHistory, hostHistory, reportTimeOf } from "../parsers/host/history.ts";
import type { GuestEvent, HostFile } from "../parsers/host/host-file.ts";
import type { DatedTransaction, YearSource } from "../parsers/host/years.ts";
import { exposureOf } from "../rules/engine/host-exposure.ts";

export interface HostPackageReport {
  readonly name: string;
  /** Version and release. */
  readonly version: string;
  readonly arch: string | null;
}

export interface TransactionReport {
  readonly action: "installed" | "updated" | "erased";
  readonly name: string;
  readonly version: string;
  /** Host's own time, without the year where that is not known. */
  readonly time: string;
  readonly year: number | null;
  readonly yearFrom: YearSource | null;
  readonly file: string;
  readonly line: number;
}

export interface HostReport {
  readonly files: readonly string[];
  readonly reportedAt: string | null;
  /** Those of varstored; null without a list of packages. */
  readonly packages: readonly HostPackageReport[] | null;
  /** Those of varstored; null without yum's log. */
  readonly transactions: readonly TransactionReport[] | null;
  readonly varstored: {
    readonly installed: string | null;
    readonly installedFrom: "package-list" | "yum-log" | null;
    /** Null where nothing tells what is installed. */
    readonly faulty: boolean | null;
    readonly faultyPeriods: readonly {
      readonly version: string;
      readonly from: string;
      /** Null where nothing replaced it, as far as the log goes. */
      readonly to: string | null;
      readonly yearFrom: YearSource | null;
    }[];
  };
  /** Null without a log of daemons. */
  readonly failedStarts: readonly FailedStart[] | null;
  /** Null without a log of daemons. */
  readonly cloneFailures: readonly CloneFailure[] | null;
  /** Lines of varstored that varscope does not know; null without a log of daemons. */
  readonly unknownLines: HostHistory["unknownLines"];
  /** Lines beyond those. */
  readonly moreUnknownLines: number;
  /** Events of Windows guests; null where there are none. */
  readonly guestEvents: readonly GuestEvent[] | null;
  /** Events that were too many to be kept. */
  readonly dropped: number;
}

/** The history of one host from its files. `path`: that of the input. Null where there are no files. */
export function historyOf(files: readonly HostFile[] | undefined, path: string): HostHistory | null {
  const [first] = files ?? [];
  if (files === undefined || first === undefined) return null;
  return hostHistory(files, reportTimeOf(first.name) ?? reportTimeOf(path));
}

export function hostReport(history: HostHistory): HostReport {
  const { files, reportedAt, packages, transactions, failedStarts, cloneFailures, guestEvents, dropped } =
    history;
  const { unknownLines, moreUnknownLines } = history;
  const { installed, installedFrom, isFaulty, periods } = exposureOf(history);
  return {
    files,
    reportedAt,
    packages,
    transactions: transactions === null ? null : transactions.map(transactionReport),
    varstored: {
      installed,
      installedFrom,
      faulty: isFaulty,
      faultyPeriods: periods.map(({ version, from, to }) => ({
        version,
        from: from.time,
        to: to?.time ?? null,
        yearFrom: from.yearFrom,
      })),
    },
    failedStarts,
    cloneFailures,
    unknownLines,
    moreUnknownLines,
    guestEvents,
    dropped,
  };
}

function transactionReport({ package: one, ...rest }: DatedTransaction): TransactionReport {
  const { action, time, year, yearFrom, file, line } = rest;
  return { action, name: one.name, version: one.version, time, year, yearFrom, file, line };
}
