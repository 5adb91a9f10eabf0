/** What a folder's files are told as. */
import { ParseError } from "../../parsers/errors.ts";
import { OTHER_HYPERVISOR } from "../../parsers/formats/foreign.ts";
import { collectDump } from "../../parsers/formats/format.ts";
import { backupPlaceOf } from "../../parsers/records/xen-orchestra.ts";
import { UNCLAIMED_CODES } from "../../report/unclaimed.ts";
import type { Element } from "./element.ts";

/** Whether no format claims it. */
export function isUnclaimed({ dump, error }: Element): boolean {
  return dump === null && error !== null && UNCLAIMED_CODES.includes(error.code);
}

/** How an element of a folder's file is told: nobody asked for a file that is no dump. An export without a byte is one. */
export function elementOfFolder(element: Element): Element {
  const { path, error } = element;
  if (error?.code === "empty-input" && EXPORT.test(path)) {
    const empty = collectDump("xva", () => null);
    return { ...element, dump: { ...empty, exportEnd: { bytes: 0, endsInZeros: false } }, error: null };
  }
  if (error !== null && isUnclaimed(element) && isBackupByPlace(path))
    return { ...element, error: damagedBackup(error) };
  if (error === null || error.code === "unrecognised" || !isUnclaimed(element)) return element;
  const { expected, found } = error;
  return { ...element, error: new ParseError({ code: "unrecognised", expected, found }) };
}

/** Such a file is nothing else by its place, whatever is in it: a backup, and none that can be read. */
function isBackupByPlace(path: string): boolean {
  return METADATA_OR_EXPORT.test(path) && backupPlaceOf(path) !== null;
}

const METADATA_OR_EXPORT = /\.(?:json|xva)$/i;

function damagedBackup({ code, found }: ParseError): ParseError {
  // What begins as JSON and is no more than that is cut; an empty file is, too.
  const isCut = code === "empty-input" || found === "text that begins like JSON";
  return new ParseError({
    code: isCut ? "truncated" : "bad-structure",
    expected: "what its place says, a backup of Xen Orchestra",
    found,
    next: "Get this file again from where it was copied; if it is damaged there, this backup is lost.",
  });
}

const EXPORT = /(?:^|\/)[^/.][^/]*\.xva$/i;

/** What is said of a folder in which nothing was recognised; `foreign` of its files are of other hypervisors. */
export function noDumps(files: number, foreign = 0): ParseError {
  const expected = "a folder with dumps";
  if (foreign > 0 && foreign === files) {
    const found =
      files === 1 ? "one file, of another hypervisor" : `${files} files, all of other hypervisors`;
    return new ParseError({ code: "no-dumps", expected, found, next: OTHER_HYPERVISOR });
  }
  const found =
    files === 0 ? "no files in it" : `${files} ${files === 1 ? "file" : "files"}, none of them a dump`;
  const others = foreign === 0 ? "" : ` (${foreign} of other hypervisors)`;
  const next = "Name the folder that holds the exports or backups.";
  return new ParseError({ code: "no-dumps", expected, found: `${found}${others}`, next });
}
