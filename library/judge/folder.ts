/** How files are reported that were found in a folder, and not named by the user. */
import { ParseError } from "../../parsers/errors.ts";
import { OTHER_HYPERVISOR } from "../../parsers/formats/foreign.ts";
import { collectDump } from "../../parsers/formats/format.ts";
import { backupPlaceOf } from "../../parsers/records/xen-orchestra.ts";
import { UNCLAIMED_CODES } from "../../report/unclaimed.ts";
import type { Element } from "./element.ts";

/** True for a file in no known format. */
export function isUnclaimed({ dump, error }: Element): boolean {
  return dump === null && error !== null && UNCLAIMED_CODES.includes(error.code);
}

/**
 * The element for a file of a folder: there, a file that is no dump is no failure. An empty file that is named like an export is
 * an export that is cut.
 */
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

/** True for a file whose place shows that it is the metadata of a backup, so that it is damaged where it cannot be read. */
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

/** The error for a folder without any dump. `files`: how many files it holds; `foreign`: how many of them belong to other hypervisors. */
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
