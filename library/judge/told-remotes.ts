/** Remembers for which encrypted remotes the error was shown: once for each remote, not for each file. */

import type { ErrorReport } from "../../report/error-report.ts";
import type { World } from "../world.ts";

export class ToldRemotes {
  readonly #told = new Set<string>();
  readonly #absolute: World["absolute"];

  constructor({ absolute }: Pick<World, "absolute">) {
    this.#absolute = absolute;
  }

  /** True where the same error of the same remote was shown before. */
  isRepeated(path: string, error: ErrorReport | null): boolean {
    if (error?.code !== "encrypted") return false;
    // The mark of the remote is the input itself, or the error names it.
    const mark = this.#absolute(error.path === "" ? path : error.path);
    if (this.#told.has(mark)) return true;
    this.#told.add(mark);
    return false;
  }
}
