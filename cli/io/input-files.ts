/** The inputs of a command: they are never overwritten. */
import { type BigIntStats, realpathSync } from "node:fs";
import { printable } from "../../report/render/printable.ts";
import { isFolder } from "./byte-source.ts";
import { identityOf, statsIfThere } from "./file-identity.ts";

/** Inputs: files, and folders with everything below them. */
export class InputFiles {
  readonly #paths: readonly string[];
  #linked: Promise<ReadonlyMap<string, string>> | null = null;

  /** `paths` as on the command line; `-` is standard input. */
  constructor(paths: readonly string[]) {
    this.#paths = paths;
  }

  /** Why the file at `path` must not be overwritten; null where a quick look finds no reason. Throws errors of the file system. */
  refusal(path: string, file: BigIntStats): string | null {
    for (const input of this.#paths) {
      // What cannot be looked at cannot be read either: nothing is lost of it, and the others are reported all the same.
      const stats = statsIfThere(pathOf(input));
      if (stats !== undefined && identityOf(stats) === identityOf(file))
        return `${printable(path)} is an input, which is never written to. Give another name.`;
      if (stats?.isDirectory() === true && isBelow(realpathSync(path), realpathSync(pathOf(input))))
        return `${printable(path)} lies in ${printable(input)}, which is read. No file there is ever written over, not even with --force: it may be a dump. Write outside of that folder, or give another name.`;
    }
    return null;
  }

  /** The same for files that are read under another name or through a link in a folder: walks all folders, once. */
  async refusalOfLinked(path: string, file: BigIntStats): Promise<string | null> {
    this.#linked ??= filesBelow(this.#paths);
    const input = (await this.#linked).get(identityOf(file));
    if (input === undefined) return null;
    return `${printable(path)} is a file of ${printable(input)}, too, through a link. What is read there is never written over, not even with --force: it may be a dump. Give another name outside of that folder.`;
  }
}

/** Path of an input. Standard input may be a folder too. */
function pathOf(input: string): string {
  return input === "-" ? "/dev/stdin" : input;
}

/** True where `path` is below `folder`. Both must be real paths. */
function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/** For each file, the folder that it is read from. */
async function filesBelow(inputs: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const { walkFolder } = await import("./walk.ts");
  for (const input of inputs) {
    if (!(await isFolder(input))) continue;
    for await (const { path, error } of walkFolder(input)) {
      const stats = error === null ? statsIfThere(path) : undefined;
      if (stats !== undefined) found.set(identityOf(stats), input);
    }
  }
  return found;
}
