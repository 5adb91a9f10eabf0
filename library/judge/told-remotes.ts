/** Encrypted remotes of Xen Orchestra that the user was told of: once a remote, not once a file. */
import { resolve } from "node:path";
import type { ErrorReport } from "../../report/input.ts";

export class ToldRemotes {
  readonly #told = new Set<string>();

  /** True for an error that says of a remote what another one has said before. */
  isRepeated(path: string, error: ErrorReport | null): boolean {
    if (error?.code !== "encrypted") return false;
    // The mark of the remote is the input itself, or the error names it.
    const mark = resolve(error.path === "" ? path : error.path);
    if (this.#told.has(mark)) return true;
    this.#told.add(mark);
    return false;
  }
}
