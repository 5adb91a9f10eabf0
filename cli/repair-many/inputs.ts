/** What `repair` reads where it is given several paths, a folder, an archive or one of its members: every dump, one by one. */

import { nodeWorld } from "../../cli/io/world.ts";
import { ArchiveListing } from "../../library/archive/listing.ts";
import { type NamedMember, namedMember } from "../../library/archive/named-member.ts";
import type { Element } from "../../library/judge/element.ts";
import { type ElementWishes, memberElements, openElements } from "../../library/judge/elements.ts";
import { elementOfFolder, isUnclaimed, noDumps } from "../../library/judge/folder.ts";
import { passedOver } from "../../library/judge/remote-files.ts";
import type { FileTask } from "../../library/judge/task.ts";
import type { RecordTaker } from "../../parsers/formats/format.ts";
import { foreignName } from "../../report/unclaimed.ts";
import { listTasks } from "../inputs.ts";

export interface RepairInput {
  readonly element: Element;
  /** What was named: the file, its folder, or the archive that it is a member of. */
  readonly root: string;
  /** False for a file of a folder that is no dump: nobody asked for that one. */
  readonly failed: boolean;
}

/** Records of streamed formats are handed to `take` before their element comes. Never throws ParseError. */
export async function* repairInputs(
  paths: readonly string[],
  take: RecordTaker,
): AsyncGenerator<RepairInput, void, undefined> {
  for (const root of new Set(paths)) {
    const member = await namedMember(root, nodeWorld);
    if (member === null) yield* inputsOf(root, take);
    else yield* memberInputs(member, take);
  }
}

async function* inputsOf(root: string, take: RecordTaker): AsyncGenerator<RepairInput, void, undefined> {
  let recognised = 0;
  let foreign = 0;
  for await (const task of listTasks([root])) {
    if (task.kind === "folder-end") {
      if (recognised > 0) continue;
      const error = noDumps(task.files, foreign);
      yield { element: { path: task.path, dump: null, error, order: 0 }, root, failed: true };
      continue;
    }
    for await (const element of elementsOf(task, take)) {
      const unclaimed = isUnclaimed(element);
      if (!unclaimed) recognised++;
      else if (foreignName(element.error) !== null) foreign++;
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
  member: NamedMember,
  take: RecordTaker,
): AsyncGenerator<RepairInput, void, undefined> {
  for await (const element of memberElements(member, nodeWorld, take, WISHES))
    yield { element, root: member.archive, failed: element.error !== null };
}
