/**
 * A list of packages, `rpm -qa`: one a line, in no order (xen-bugtool puts it into `rpm-qa.out`); or `rpm -qa --last`, the
 * newest first, with the time of installation behind each, which is in the host's language and without its zone.
 */

import { PARSER_LIMITS } from "../limits.ts";
import { emptyHostFile, type HostFile, type HostPackage } from "./host-file.ts";
import { LINE_END, LineReader } from "./line-reader.ts";
import { isWatched, readPackageName } from "./package-name.ts";

/** So many lines are looked at to recognise a list. */
const LINES_LOOKED_AT = 20;
/** A text of fewer lines may be anything, unless it names what is looked for. */
const MIN_LINES = 3;

/** What `--last` puts behind a name has a time of day and a year, whatever the language (rpm, rpmpopt.in). */
const TIME_OF_DAY = /\b\d{1,2}[:.]\d\d[:.]\d\d\b/;
const YEAR = /\b20\d\d\b/;
const MAX_DATE_LENGTH = 64;

function packageOf(line: string): HostPackage | null {
  const text = line.trim();
  const end = text.search(/\s/);
  if (end < 0) return readPackageName(text);
  const behind = text.slice(end).trim();
  const isDate = behind.length <= MAX_DATE_LENGTH && TIME_OF_DAY.test(behind) && YEAR.test(behind);
  return isDate ? readPackageName(text.slice(0, end)) : null;
}

/** True for a text all of whose lines are packages; `text` is the beginning of an input. */
export function looksLikePackageList(text: string): boolean {
  const lines = text.split(LINE_END, LINES_LOOKED_AT + 1);
  // The last line may be cut.
  if (lines.length > 1) lines.pop();
  const packages = lines.filter((line) => line.trim() !== "").map(packageOf);
  if (packages.length === 0 || packages.includes(null)) return false;
  const named = packages.filter((one) => one !== null);
  return named.some(isWatched) || (named.length >= MIN_LINES && named.some(({ arch }) => arch !== null));
}

export class PackageListReader {
  private readonly packages: HostPackage[] = [];
  private dropped = 0;
  private readonly lines: LineReader = new LineReader((line) => this.takeLine(line));

  feed(piece: Uint8Array): void {
    this.lines.feed(piece);
  }

  end(): void {
    this.lines.end();
  }

  file(): HostFile {
    return { ...emptyHostFile("packages"), packages: this.packages, dropped: this.dropped };
  }

  private takeLine(line: string): void {
    const found = packageOf(line);
    if (found === null || !isWatched(found)) return;
    if (this.packages.length < PARSER_LIMITS.maxHostEvents) this.packages.push(found);
    else this.dropped++;
  }
}
