/** Folders of efivarfs among sources: each stands for the variables in it, as in the walk of the program. */
import { efivarfsName, isTellingName } from "../../parsers/guest/efivarfs.ts";
import { basename, dirname } from "../../parsers/paths.ts";

export interface Folded {
  /** Inputs in their order: names of sources, and of folders of variables. */
  readonly paths: readonly string[];
  /** The variables' names of each such folder, in the order of their bytes. */
  readonly folders: ReadonlyMap<string, readonly string[]>;
}

export function foldGuestFolders(names: readonly string[]): Folded {
  const folders = variableFolders(names);
  const told = new Set<string>();
  const paths: string[] = [];
  for (const name of names) {
    for (const folder of foldersAbove(name)) {
      if (!folders.has(folder) || told.has(folder)) continue;
      told.add(folder);
      paths.push(folder);
    }
    if (!folders.has(dirname(name)) || efivarfsName(basename(name)) === null) paths.push(name);
  }
  return { paths, folders };
}

function variableFolders(names: readonly string[]): Map<string, string[]> {
  const folders = new Map<string, string[]>();
  for (const name of names) {
    const variable = basename(name);
    if (!name.includes("/") || efivarfsName(variable) === null) continue;
    const inFolder = folders.get(dirname(name));
    if (inFolder === undefined) folders.set(dirname(name), [variable]);
    else inFolder.push(variable);
  }
  for (const [folder, variables] of folders)
    if (variables.some(isTellingName)) variables.sort();
    else folders.delete(folder);
  return folders;
}

/** The outermost first. */
function foldersAbove(name: string): string[] {
  const parts = name.split("/");
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join("/"));
}
