/** What `repair` reads where it is given several paths, a folder, an archive or one of its members: every dump, one by one. */

import { statSync } from "node:fs";
import { nodeWorld } from "../../cli/io/world.ts";
import { archiveKind } from "../../library/archive/archive-kind.ts";
import { ArchiveListing } from "../../library/archive/listing.ts";
import { CHUNK_BYTES } from "../../library/input/chunks.ts";
import { enterInput } from "../../library/input/open-input.ts";
import type { Element } from "../../library/judge/element.ts";
import { type ElementWishes, openElements } from "../../library/judge/elements.ts";
import { elementOfFolder, isUnclaimed, noDumps } from "../../library/judge/folder.ts";
import { passedOver } from "../../library/judge/remote-files.ts";
import type { FileTask } from "../../library/judge/task.ts";
import { ParseError } from "../../parsers/errors.ts";
import type { RecordTaker } from "../../parsers/formats/format.ts";
import { listTasks } from "../inputs.ts";

export interface RepairInput {
  readonly element: Element;
  /** What was named: the file, its folder, or the archive that it is a member of. */
  readonly root: string;
  /** False for a file of a folder that is no dump: nobody asked for that one. */
  readonly failed: boolean;
}

/** A member of an archive, as reports name it. */
export interface NamedMember {
  readonly archive: string;
  readonly path: string;
}

const MEMBER_MARK = "!";

/** Null for a path that is a file itself, and for one without a file before a mark. */
export function namedMember(path: string): NamedMember | null {
  if (kindOfPath(path) !== null) return null;
  for (let at = path.indexOf(MEMBER_MARK, 1); at > 0; at = path.indexOf(MEMBER_MARK, at + 1)) {
    if (at === path.length - 1) return null;
    const archive = path.slice(0, at);
    if (kindOfPath(archive) === "file") return { archive, path };
  }
  return null;
}

function kindOfPath(path: string): "file" | "other" | null {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats === undefined ? null : stats.isFile() ? "file" : "other";
  } catch {
    return null;
  }
}

/** False for what cannot be read: opening it says why. */
export async function isArchive(path: string): Promise<boolean> {
  try {
    const { content, source } = await enterInput(path, nodeWorld);
    try {
      return archiveKind(await content.head(CHUNK_BYTES)) !== null;
    } finally {
      await content.close();
      await source.close();
    }
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
}

/** Records of streamed formats are handed to `take` before their element comes. Never throws ParseError. */
export async function* repairInputs(
  paths: readonly string[],
  take: RecordTaker,
): AsyncGenerator<RepairInput, void, undefined> {
  for (const root of new Set(paths)) {
    const member = namedMember(root);
    if (member === null || !(await isArchive(member.archive))) yield* inputsOf(root, take);
    else yield* memberInputs(member, take);
  }
}

async function* inputsOf(root: string, take: RecordTaker): AsyncGenerator<RepairInput, void, undefined> {
  let recognised = 0;
  for await (const task of listTasks([root])) {
    if (task.kind === "folder-end") {
      if (recognised > 0) continue;
      const error = noDumps(task.files);
      yield { element: { path: task.path, dump: null, error, order: 0 }, root, failed: true };
      continue;
    }
    for await (const element of elementsOf(task, take)) {
      const unclaimed = isUnclaimed(element);
      if (!unclaimed) recognised++;
      yield { element, root, failed: element.error !== null && (task.isNamed || !unclaimed) };
    }
  }
}

/** The disks of exports stay as they are, and so does the saved state of a suspended VM in one of them. */
const WISHES: ElementWishes = { suspended: false, documents: true };

async function* elementsOf(task: FileTask, take: RecordTaker): AsyncGenerator<Element, void, undefined> {
  const { path, isNamed, error } = task;
  if (error !== null) {
    yield { path, dump: null, error, order: 0 };
    return;
  }
  const passed = passedOver(task, nodeWorld);
  if (passed !== null) {
    yield passed;
    return;
  }
  for await (const element of openElements(path, nodeWorld, take, new ArchiveListing(), WISHES))
    yield isNamed ? element : elementOfFolder(element);
}

async function* memberInputs(
  { archive, path }: NamedMember,
  take: RecordTaker,
): AsyncGenerator<RepairInput, void, undefined> {
  const isInside = (one: string): boolean => one === path || one.startsWith(`${path}${MEMBER_MARK}`);
  const isWanted = (one: string): boolean => isInside(one) || path.startsWith(`${one}${MEMBER_MARK}`);
  let found = 0;
  let failure: ParseError | null = null;
  const wishes = { ...WISHES, isWanted };
  for await (const element of openElements(archive, nodeWorld, take, new ArchiveListing(), wishes)) {
    if (!isInside(element.path)) {
      if (element.error?.code !== "unrecognised") failure ??= element.error;
      continue;
    }
    found++;
    yield { element, root: archive, failed: element.error !== null };
  }
  if (found > 0) return;
  const error = failure ?? noSuchMember(path.slice(archive.length + MEMBER_MARK.length));
  yield { element: { path, dump: null, error, order: 0 }, root: archive, failed: true };
}

function noSuchMember(name: string): ParseError {
  return new ParseError({
    code: "not-found",
    expected: `a dump named "${name}" in the archive`,
    found: "none",
    next: "varscope analyze of the archive tells the names of its dumps.",
  });
}
