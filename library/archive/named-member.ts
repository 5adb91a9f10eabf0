/** A member of an archive by the name that reports have for it: `dumps.zip!vm1.vars`, in an archive inside it `bug.tar!inner.zip!vm1.vars`. */

import { ParseError } from "../../parsers/errors.ts";
import { shellPath } from "../../report/render/shell.ts";
import { archiveKindOf } from "../input/open-input.ts";
import type { World } from "../world.ts";
import { archiveOf } from "./unpacking.ts";

export interface NamedMember {
  /** The path of the file. */
  readonly archive: string;
  /** As given: `ARCHIVE!MEMBER`. */
  readonly path: string;
}

const MARK = "!";

/** The member that a path names; null where no `!` follows the path of an archive. A file that has a `!` in its own name is that file. */
export async function namedMember(path: string, world: World): Promise<NamedMember | null> {
  if (!path.includes(MARK) || world.isFile(path)) return null;
  const archive = archiveOf(path, world.isFile);
  const isNamed = archive !== null && path.length > archive.length + MARK.length;
  return isNamed && (await isArchive(archive, world)) ? { archive, path } : null;
}

/** True for an archive of other files. False where it cannot be read: opening it gives the error. */
export async function isArchive(path: string, world: World): Promise<boolean> {
  return (await archiveKindOf(path, world)) !== null;
}

/** True where the path of an element is that of the member, or of a member inside it. */
export function isInside({ path }: NamedMember, one: string): boolean {
  return one === path || one.startsWith(`${path}${MARK}`);
}

/** True where this path has to be read to find the member: the member, members inside it, and the archives around it. */
export function isWantedFor(member: NamedMember, one: string): boolean {
  return isInside(member, one) || member.path.startsWith(`${one}${MARK}`);
}

export function noSuchMember({ archive, path }: NamedMember): ParseError {
  return new ParseError({
    code: "not-found",
    expected: `a dump named "${path.slice(archive.length + MARK.length)}" in the archive`,
    found: "none",
    next: `varscope analyze ${shellPath(archive)} tells the names of its dumps.`,
  });
}

/** The error of a command that takes one dump, where the member is an archive itself. */
export function severalInside({ path }: NamedMember): ParseError {
  return new ParseError({
    code: "unrecognised",
    expected: "one dump",
    found: "an archive of other files",
    next: `varscope analyze ${shellPath(path)} tells the names of the dumps in it, each of which can be named here.`,
  });
}
