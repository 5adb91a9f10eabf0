/** Lists the files that a command line names: files, standard input, files in folders. */

import { basename } from "node:path";
import type { Task } from "../library/judge/task.ts";
import { isFolder } from "./io/byte-source.ts";
import { identityOf, statsIfThere } from "./io/file-identity.ts";

/** Tasks for `paths`, in the order of the report. `results`: the file that the run itself writes; it is left out of folders. */
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

/** True where both are one file. Only files with the same name are looked at: a folder may hold a million files. */
function isSameFile(path: string, other: string): boolean {
  if (basename(path) !== basename(other)) return false;
  const [a, b] = [statsIfThere(path), statsIfThere(other)];
  return a !== undefined && b !== undefined && identityOf(a) === identityOf(b);
}
