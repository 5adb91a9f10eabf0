/** Opens all that the user named, one after the other: files, files of folders, members of archives. */
import type { RecordTaker } from "../../parsers/formats/format.ts";
import { foreignName } from "../../report/unclaimed.ts";
import { ArchiveListing } from "../archive/listing.ts";
import type { World } from "../world.ts";
import type { Element } from "./element.ts";
import { type ElementWishes, openElements } from "./elements.ts";
import { elementOfFolder, isUnclaimed, noDumps } from "./folder.ts";
import { passedOver } from "./remote-files.ts";
import type { FileTask, Task } from "./task.ts";

export interface NamedInput {
  readonly element: Element;
  /** False for a file of a folder that is no dump, as the user did not name it. */
  readonly failed: boolean;
}

/** What the caller wants besides the dumps. */
export interface InputWishes extends ElementWishes {
  /** Called with the records of streamed formats as they are read. Then their element does not hold them. */
  readonly take?: RecordTaker;
}

/** The tasks of one path. Never throws ParseError. */
export async function* openInputs(
  tasks: AsyncIterable<Task>,
  world: World,
  wishes?: InputWishes,
): AsyncGenerator<NamedInput, void, undefined> {
  let recognised = 0;
  let foreign = 0;
  for await (const task of tasks) {
    if (task.kind === "folder-end") {
      if (recognised > 0) continue;
      const error = noDumps(task.files, foreign);
      yield { element: { path: task.path, dump: null, error, order: 0 }, failed: true };
      continue;
    }
    for await (const element of elementsOf(task, world, wishes)) {
      const unclaimed = isUnclaimed(element);
      if (!unclaimed) recognised++;
      else if (foreignName(element.error) !== null) foreign++;
      yield { element, failed: element.error !== null && (task.isNamed || !unclaimed) };
    }
  }
}

async function* elementsOf(
  task: FileTask,
  world: World,
  wishes: InputWishes | undefined,
): AsyncGenerator<Element, void, undefined> {
  const { path, isNamed, error } = task;
  if (error !== null) {
    yield { path, dump: null, error, order: 0 };
    return;
  }
  const passed = passedOver(task, world);
  if (passed !== null) {
    yield passed;
    return;
  }
  for await (const element of openElements(path, world, wishes?.take, new ArchiveListing(), wishes))
    yield isNamed ? element : elementOfFolder(element);
}
