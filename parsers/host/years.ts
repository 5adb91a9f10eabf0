/** The years that yum leaves out, as far as they follow from something else. */
import type { HostFile, HostPackage, LoggedTransaction, LogTime } from "./host-file.ts";
import { isNewYear, secondsOf } from "./log-time.ts";

/** From what a year follows; null where it is not known. */
export type YearSource =
  /** The line tells it. */
  | "line"
  /** Counted back from the day on which the bug report was made, which its name tells. */
  | "report-name"
  /** Counted back from the day on which the log was rotated, which its name tells. */
  | "rotated-file-name"
  /** Counted from a release that could be installed in one year only. */
  | "known-release";

export interface DatedTransaction {
  readonly action: LoggedTransaction["action"];
  readonly package: HostPackage;
  /** `YYYY-MM-DDThh:mm:ss` of the host's own time, or `MM-DDThh:mm:ss` where the year is not known. */
  readonly time: string;
  readonly year: number | null;
  readonly yearFrom: YearSource | null;
  /** The file that has the line, and its number there. */
  readonly file: string;
  readonly line: number;
}

/** Published on 2025-10-23 and withdrawn the same day (xcp-ng.org, blog of 2025-10-30); the host's clock may be a day off. */
const ONE_DAY_RELEASE = /^1\.2\.0-3\.1(?:\.|$)/;
const ONE_DAY_YEAR = 2025;
const ONE_DAY_MONTH_DAYS: readonly string[] = ["10-22", "10-23", "10-24"];

/** A clock may be ahead of the one that named the report. */
const CLOCK_SLACK_SECONDS = 86_400;
const ROTATED_BY_NUMBER = /\.(\d{1,3})(?:\.(?:gz|bz2|zst))?$/;
const ROTATED_BY_DATE = /-(\d{4})(\d{2})(\d{2})(?:\.(?:gz|bz2|zst))?$/;

/** A number of years that passed since the first line, and the year at that point. */
interface Anchor {
  readonly passed: number;
  readonly year: number;
  readonly from: YearSource;
}

/** Transactions of one host, the oldest first. `reportedAt` is `YYYY-MM-DDThh:mm:ss`. */
export function dateTransactions(logs: readonly HostFile[], reportedAt: string | null): DatedTransaction[] {
  const files = [...logs].sort((a, b) => ageOf(b.name) - ageOf(a.name));
  const starts = yearsBefore(files);
  const ends = endAnchors(files, starts, reportedAt);
  const all = files.flatMap((file, i) =>
    file.transactions.map((transaction) => ({
      file: file.name,
      transaction,
      passed: (starts[i] ?? 0) + transaction.yearsPassed,
    })),
  );
  const oneDay = all.findLastIndex(({ transaction }) => isOneDayRelease(transaction));
  const release: Anchor | null =
    oneDay < 0 ? null : { passed: all[oneDay]?.passed ?? 0, year: ONE_DAY_YEAR, from: "known-release" };
  return all.map(({ file, transaction, passed }, i) => {
    const ofEnd = ends.find((end) => end.passed >= passed) ?? null;
    const { year, from } = yearOf(transaction.time, passed, ofEnd, release, i <= oneDay);
    const { action, package: one, time, line } = transaction;
    return { action, package: one, time: dated(time, year), year, yearFrom: from, file, line };
  });
}

/** A time with its year, where that is known. */
export function dated({ inYear }: LogTime, year: number | null): string {
  return year === null ? inYear : `${year}-${inYear}`;
}

/** The latest year in which the time is not behind `day`, `YYYY-MM-DDThh:mm:ss`. */
export function yearBefore({ inYear }: LogTime, day: string): number {
  const year = Number(day.slice(0, 4));
  return secondsOf(`${year}-${inYear}`) <= secondsOf(day) + CLOCK_SLACK_SECONDS ? year : year - 1;
}

function yearOf(
  time: LogTime,
  passed: number,
  end: Anchor | null,
  release: Anchor | null,
  isUpToRelease: boolean,
): { year: number | null; from: YearSource | null } {
  if (time.year !== null) return { year: time.year, from: "line" };
  const byEnd = end === null ? null : end.year - (end.passed - passed);
  const byRelease = release === null ? null : release.year + (passed - release.passed);
  if (byEnd !== null && (byRelease === null || byRelease === byEnd))
    return { year: byEnd, from: end?.from ?? null };
  if (byRelease === null) return { year: null, from: null };
  // A year without any line has passed somewhere behind the release: what stands behind it is in one or the other.
  if (byEnd !== null && !isUpToRelease) return { year: null, from: null };
  return { year: byRelease, from: "known-release" };
}

/** How many years had ended before each file, seen from the first line of the first. */
function yearsBefore(files: readonly HostFile[]): number[] {
  let passed = 0;
  return files.map(({ first, yearsPassed }, i) => {
    const previous = files[i - 1]?.last ?? null;
    if (previous !== null && first !== null && isNewYear(previous, first)) passed++;
    const start = passed;
    passed += yearsPassed;
    return start;
  });
}

/** What is known of the ends of files, in their order. */
function endAnchors(
  files: readonly HostFile[],
  starts: readonly number[],
  reportedAt: string | null,
): Anchor[] {
  return files.flatMap(({ name, last, yearsPassed }, i): Anchor[] => {
    const isNewest = i === files.length - 1;
    const [day, from] =
      isNewest && reportedAt !== null
        ? [reportedAt, "report-name" as const]
        : [rotatedOn(name), "rotated-file-name" as const];
    if (last === null || day === null) return [];
    return [{ passed: (starts[i] ?? 0) + yearsPassed, year: yearBefore(last, day), from }];
  });
}

function isOneDayRelease({ package: { name, version }, time }: LoggedTransaction): boolean {
  return (
    name === "varstored" &&
    ONE_DAY_RELEASE.test(version) &&
    ONE_DAY_MONTH_DAYS.includes(time.inYear.slice(0, 5))
  );
}

function rotatedOn(name: string): string | null {
  const match = ROTATED_BY_DATE.exec(name);
  return match === null ? null : `${match[1]}-${match[2]}-${match[3]}T23:59:59`;
}

/** Higher for older files: by the number of their rotation, or by its date; 0 for the one that is still written. */
function ageOf(name: string): number {
  const number = ROTATED_BY_NUMBER.exec(name)?.[1];
  if (number !== undefined) return Number(number);
  const day = rotatedOn(name);
  // Any day of such a name is behind the year 2000, and nothing is rotated a thousand times.
  return day === null ? 0 : 1e12 - secondsOf(day);
}
