/** Errors of commands that take one dump and are given an archive: they name the command that unpacks it. */

import { ParseError } from "../../parsers/errors.ts";
import { join } from "../../parsers/paths.ts";
import { clip } from "../../report/render/printable.ts";
import { shellPath } from "../../report/render/shell.ts";
import { STANDARD_INPUT } from "../../report/standard-streams.ts";
import { lacksOvaXml } from "../input/tar-head.ts";
import type { ArchiveKind } from "./archive-kind.ts";

/** Folder to unpack into: a new one, so that no file is overwritten. */
const FOLDER = "unpacked";
const MARK = "!";
const NAME_SHOWN = 100;

/** The error for an archive of other files, with the command that unpacks it. Keeps the code of `error`. */
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

/** What is known about paths. */
interface ArchiveLookup {
  readonly isFile: (path: string) => boolean;
  /** The kind of archive; null where it is none. */
  readonly kindOf: (path: string) => Promise<ArchiveKind | null>;
}

/** The error for a path like `ARCHIVE!MEMBER`, with the command that unpacks it, and the code of `error`; `error` itself for any other path. */
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

/** The shortest part of the path before a `!` that is a file. */
export function archiveOf(path: string, isFile: ArchiveLookup["isFile"]): string | null {
  for (let at = path.indexOf(MARK, 1); at > 0; at = path.indexOf(MARK, at + 1)) {
    const archive = path.slice(0, at);
    if (isFile(archive)) return archive;
  }
  return null;
}

/** Commands that unpack one archive after the other, to reach a member of an inner archive. */
function unpackCommands(archive: string, kind: ArchiveKind, members: readonly string[]): string {
  const steps = members.map((member, i) => {
    const outer = members[i - 1];
    if (outer === undefined) return unpackCommand(archive, kind, member);
    return unpackCommand(join(FOLDER, outer), /\.zip$/i.test(outer) ? "zip" : "tar", member);
  });
  return [`mkdir ${FOLDER}`, ...steps].join(" && ");
}

/** The command that unpacks a member; the whole archive where `member` is null, or where the tool would misread its name. */
function unpackCommand(path: string, kind: ArchiveKind, member: string | null): string {
  const isTakenLiterally = member !== null && !/^-|[[\]*?\\]/.test(member);
  const only = isTakenLiterally ? ` ${shellPath(member)}` : "";
  // mpack's; mail programs save attachments as well.
  if (kind === "mail") return `munpack -C ${FOLDER} ${shellPath(path)}`;
  return kind === "tar"
    ? `tar xf ${shellPath(path)} -C ${FOLDER}${only}`
    : `unzip ${shellPath(path)}${only} -d ${FOLDER}`;
}
