/** Times at the beginning of lines: `Oct 23 14:05:11`, as yum and the classical syslog write them, or RFC 3339. */
import type { LogTime } from "./host-file.ts";

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const DAY_MS = 86_400_000;
const CLASSICAL =
  /^(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) ([ 0-3]?\d) ((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d) /;
const RFC3339 = /^(\d{4})-(0[1-9]|1[0-2])-([0-3]\d)[T ]((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)/;
/** Either form, wherever it stands. */
const ANY_TIME =
  /(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [ 0-3]?\d [012]\d:[0-5]\d:[0-5]\d |\d{4}-[01]\d-[0-3]\d[T ][012]\d:[0-5]\d:[0-5]\d/;
/** What grep puts before a line that it found (`FILE:`, `FILE:12:`, `FILE-`), and what a mail quotes it with. */
const BEFORE_TIME = /^[>|\s]{0,16}(?:\S.{0,255}[:-](?:\d{1,9}[:-])?)?$/;
const MAX_BEFORE_TIME = 300;
/** A clock that is set back, or the end of summer time, is no new year. */
const SET_BACK_DAYS = 2;

/** Colours and other signs of a terminal (ECMA-48 §5.4), as `grep --color` and `journalctl` write them. */
const COLOURS = /\x1b\[[0-9;:?]{0,32}[A-Za-z]/g;
/** What containers and collectors of logs put a line into; journald tells the writer beside it. */
const JSON_LINE =
  /^\s{0,16}\{.{0,4096}?"(?:log|message|msg|MESSAGE)"\s{0,4}:\s{0,4}"((?:[^"\\]|\\.){1,4096})"/;
const JSON_WRITER = /"SYSLOG_IDENTIFIER"\s{0,4}:\s{0,4}"([\w-]{1,64})"/;

/** A line of a log without what grep, a mail, a terminal or a collector of logs has put around it. */
export function lineOfLog(whole: string): string {
  const line = unwrapped(whole);
  const at = line.slice(0, MAX_BEFORE_TIME).search(ANY_TIME);
  return at > 0 && BEFORE_TIME.test(line.slice(0, at)) ? line.slice(at) : line;
}

function unwrapped(whole: string): string {
  const line = whole.includes("\x1b") ? whole.replaceAll(COLOURS, "") : whole;
  const inside = line.trimStart().startsWith("{") ? JSON_LINE.exec(line)?.[1] : undefined;
  if (inside === undefined) return line;
  const text = inside
    .replaceAll(/\\([nrt"\\/])/g, (_, sign: string) => (/[nrt]/.test(sign) ? " " : sign))
    .trimEnd();
  const writer = JSON_WRITER.exec(line)?.[1];
  return writer === undefined ? text : `${writer}[0]: ${text}`;
}

/** Null for a line that begins with no time. */
export function timeOfLine(line: string): LogTime | null {
  const classical = CLASSICAL.exec(line);
  if (classical !== null) {
    const [, month = "", day = "", time = ""] = classical;
    const number = MONTHS.indexOf(month) / 3 + 1;
    return { year: null, inYear: `${twoDigits(number)}-${day.trim().padStart(2, "0")}T${time}` };
  }
  const match = RFC3339.exec(line);
  if (match === null) return null;
  const [, year = "", month = "", day = "", time = ""] = match;
  return { year: Number(year), inYear: `${month}-${day}T${time}` };
}

/** The beginning of a line that two of one day share, in either form. */
const DAY_CHARACTERS = 6;

/** Follows the times of a log's lines; most are of the day of the one before, and are not looked at. */
export class LogClock {
  /** Of the first line that has a time. */
  first: LogTime | null = null;
  /** How many times a year ended between two lines. */
  yearsPassed = 0;
  private previous: LogTime | null = null;
  private day = "";
  private lastLine = "";

  see(line: string): void {
    if (this.day !== "" && line.startsWith(this.day)) {
      this.lastLine = line;
      return;
    }
    const time = timeOfLine(line);
    if (time === null) return;
    if (this.previous !== null && isNewYear(this.previous, time)) this.yearsPassed++;
    this.first ??= time;
    this.previous = time;
    this.lastLine = line;
    // A form with a year has that at its beginning, which says nothing of the day.
    this.day = time.year === null ? line.slice(0, DAY_CHARACTERS) : "";
  }

  /** Of the last line that has one. */
  get last(): LogTime | null {
    return timeOfLine(this.lastLine) ?? this.previous;
  }
}

/** True where `next` stands behind `previous` in a log but is earlier in its year: a year has ended between them. */
export function isNewYear(previous: LogTime, next: LogTime): boolean {
  return dayOf(next.inYear) + SET_BACK_DAYS < dayOf(previous.inYear);
}

/** Of the year, counted as in a leap year. */
function dayOf(inYear: string): number {
  return dayNumber(`2000-${inYear}`);
}

/** Seconds since 1970, as if the time were UTC: for distances only. `time` is `YYYY-MM-DDThh:mm:ss`. */
export function secondsOf(time: string): number {
  const [year = 0, month = 1, day = 1, hours = 0, minutes = 0, seconds = 0] = time.split(/[-T:]/).map(Number);
  return Date.UTC(year, month - 1, day, hours, minutes, seconds) / 1000;
}

function dayNumber(time: string): number {
  return Math.floor((secondsOf(time) * 1000) / DAY_MS);
}

function twoDigits(number: number): string {
  return `${number}`.padStart(2, "0");
}
