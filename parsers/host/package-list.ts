/** A list of packages, `rpm -qa`: one a line, in no order (xen-bugtool puts it into `rpm-qa.out`). */

import { PARSER_LIMITS } from "../limits.ts";
import { emptyHostFile, type HostFile, type HostPackage } from "./host-file.ts";
import { LineReader } from "./line-reader.ts";
import { isWatched, readPackageName } from "./package-name.ts";

/** So many lines are looked at to recognise a list. */
const LINES_LOOKED_AT = 20;
/** A text of fewer lines may be anything, unless it names what is looked for. */
const MIN_LINES = 3;

/** True for a text all of whose lines are packages; `text` is the beginning of an input. */
export function looksLikePackageList(text: string): boolean {
  const lines = text.split("\n", LINES_LOOKED_AT + 1);
  // The last line may be cut.
  if (lines.length > 1) lines.pop();
  const packages = lines
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .map(readPackageName);
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
    const found = readPackageName(line.trim());
    if (found === null || !isWatched(found)) return;
    if (this.packages.length < PARSER_LIMITS.maxHostEvents) this.packages.push(found);
    else this.dropped++;
  }
}
