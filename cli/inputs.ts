/** The files that a command line names, one after the other: itself, standard input, and what folders hold. */

import { basename } from "node:path";
import type { Element } from "../library/judge/element.ts";
import { openElements } from "../library/judge/elements.ts";
import { elementOfFolder, isUnclaimed, noDumps } from "../library/judge/folder.ts";
import { passedOver } from "../library/judge/remote-files.ts";
import type { FileTask, Task } from "../library/judge/task.ts";
import { foreignName } from "../report/unclaimed.ts";
import { isFolder } from "./io/byte-source.ts";
import { identityOf, statsIfThere } from "./io/file-identity.ts";
import { nodeWorld } from "./io/world.ts";

/** What `paths` name, in the order of the report; in folders without the file `results`, to which the run writes, under its own name. */
export async function* listTasks(
  paths: readonly string[],
  results: string | null = null,
): AsyncGenerator<Task, void, undefined> {
  let place = 0;
  for (const path of paths) {
    if (!(await isFolder(path))) {
      yield { kind: "file", place: place++, path, below: path, isNamed: true, error: null };
      continue;
    }
    const { walkFolder } = await import("./io/walk.ts");
    const prefixLength = path.endsWith("/") ? path.length : path.length + 1;
    let files = 0;
    for await (const entry of walkFolder(path)) {
      if (results !== null && isSameFile(entry.path, results)) continue;
      files++;
      const below = entry.path.slice(prefixLength);
      yield { kind: "file", place: place++, path: entry.path, below, isNamed: false, error: entry.error };
    }
    yield { kind: "folder-end", place: place++, path, files };
  }
}

/** Only what has the same name is looked at: a folder may hold a million files. */
function isSameFile(path: string, other: string): boolean {
  if (basename(path) !== basename(other)) return false;
  const [a, b] = [statsIfThere(path), statsIfThere(other)];
  return a !== undefined && b !== undefined && identityOf(a) === identityOf(b);
}

export interface Input extends Element {
  /** False for a file of a folder that is no dump: nobody asked for that one. */
  readonly failed: boolean;
}

/** Opens everything that `path` names, one after the other. */
export async function* openInputs(path: string): AsyncGenerator<Input, void, undefined> {
  let recognised = 0;
  let foreign = 0;
  for await (const task of listTasks([path])) {
    if (task.kind === "folder-end") {
      if (recognised > 0) continue;
      yield { path: task.path, dump: null, error: noDumps(task.files, foreign), order: 0, failed: true };
      continue;
    }
    for await (const element of openTask(task)) {
      const unclaimed = isUnclaimed(element);
      if (!unclaimed) recognised++;
      else if (foreignName(element.error) !== null) foreign++;
      yield { ...element, failed: element.error !== null && (task.isNamed || !unclaimed) };
    }
  }
}

async function* openTask({ path, isNamed, error }: FileTask): AsyncGenerator<Element, void, undefined> {
  if (error !== null) {
    yield { path, dump: null, error, order: 0 };
    return;
  }
  const passed = passedOver({ path, isNamed }, nodeWorld);
  if (passed !== null) {
    yield passed;
    return;
  }
  for await (const element of openElements(path, nodeWorld)) {
    yield isNamed ? element : elementOfFolder(element);
  }
}
