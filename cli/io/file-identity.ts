/** Which file a path leads to, whatever names it has. */
import { type BigIntStats, statSync } from "node:fs";

/** Undefined for what is not there or cannot be looked at, such as a link that leads to itself: reading it says why. */
export function statsIfThere(path: string): BigIntStats | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** The same for all names of one file, or of one folder. */
export function identityOf({ dev, ino }: Pick<BigIntStats, "dev" | "ino">): string {
  return `${dev}:${ino}`;
}
