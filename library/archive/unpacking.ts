/** Commands that take one dump do not look into archives of other files: what they say instead, with the command that unpacks. */

import { ParseError } from "../../parsers/errors.ts";
import { join } from "../../parsers/paths.ts";
import { clip } from "../../report/render/printable.ts";
import { shellPath } from "../../report/render/shell.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { lacksOvaXml } from "../input/tar-head.ts";
import type { ArchiveKind } from "./archive-kind.ts";

/** New, so that nothing that was there before is written over. */
const FOLDER = "unpacked";
const MARK = "!";
const NAME_SHOWN = 100;

/** Why an archive of other files was not opened, `error` being what the one dump in it was missed by; the code stays. */
export function wholeArchive(path: string, kind: ArchiveKind, error: ParseError): ParseError {
  if (!lacksOvaXml(error) && error.code !== "unrecognised") return error;
  const { code, offset, expected, found } = error;
  const next =
    path === STANDARD_INPUT
      ? "This is an archive of other files, no VM export: `varscope analyze -` tells what it holds. Save it as a file and unpack that, then name one of its files."
      : kind === "mail"
        ? `varscope analyze ${shellPath(path)} tells what its attachments hold. To open one of them, save it from the mail and name that.`
        : `This is an archive of other files, no VM export: varscope analyze ${shellPath(path)} tells what it holds. To open one of them, unpack it: mkdir ${FOLDER} && ${unpackCommand(path, kind, null)}`;
  return new ParseError({ code, offset, expected, found, next });
}

/** How a path is looked at. */
interface ArchiveLookup {
  readonly isFile: (path: string) => boolean;
  /** Null for what is no archive. */
  readonly kindOf: (path: string) => Promise<ArchiveKind | null>;
}

/**
 * What is said of a path as reports name a member of an archive; `error` itself for any other. The code stays. `kindOf` tells
 * what kind of archive a file is, null for all others.
 */
export async function missingMember(
  path: string,
  error: ParseError,
  { isFile, kindOf }: ArchiveLookup,
): Promise<ParseError> {
  if (error.code !== "not-found") return error;
  const archive = archiveOf(path, isFile);
  if (archive === null) return error;
  const members = path.slice(archive.length + MARK.length).split(MARK);
  const kind = members.includes("") ? null : await kindOf(archive);
  if (kind === null) return error;
  const file = join(FOLDER, members.at(-1) ?? "");
  return new ParseError({
    code: "not-found",
    expected: "a file that can be read",
    found: `${members.map(quoted).join(" in ")} inside the archive ${clip(archive, NAME_SHOWN)}, where it cannot be opened`,
    next: `Unpack it first: ${unpackCommands(archive, kind, members)}, and name ${shellPath(file)}.`,
  });
}

function quoted(name: string): string {
  return `"${clip(name, NAME_SHOWN)}"`;
}

/** The shortest beginning of the path that is a file, before a mark. */
export function archiveOf(path: string, isFile: ArchiveLookup["isFile"]): string | null {
  for (let at = path.indexOf(MARK, 1); at > 0; at = path.indexOf(MARK, at + 1)) {
    const archive = path.slice(0, at);
    if (isFile(archive)) return archive;
  }
  return null;
}

/** Of the archives in it only the names are known. */
function unpackCommands(archive: string, kind: ArchiveKind, members: readonly string[]): string {
  const steps = members.map((member, i) => {
    const outer = members[i - 1];
    if (outer === undefined) return unpackCommand(archive, kind, member);
    return unpackCommand(join(FOLDER, outer), /\.zip$/i.test(outer) ? "zip" : "tar", member);
  });
  return [`mkdir ${FOLDER}`, ...steps].join(" && ");
}

/** All of it where `member` is null, or has a name that the tool would take for something else. */
function unpackCommand(path: string, kind: ArchiveKind, member: string | null): string {
  const isTakenLiterally = member !== null && !/^-|[[\]*?\\]/.test(member);
  const only = isTakenLiterally ? ` ${shellPath(member)}` : "";
  // mpack's; mail programs save attachments as well.
  if (kind === "mail") return `munpack -C ${FOLDER} ${shellPath(path)}`;
  return kind === "tar"
    ? `tar xf ${shellPath(path)} -C ${FOLDER}${only}`
    : `unzip ${shellPath(path)}${only} -d ${FOLDER}`;
}
