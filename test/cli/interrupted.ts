/** A repair that is caught at its work. */
import type { ChildProcess } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a repair writes before it has its name. */
export const LEFTOVER = /^\.varscope-\d+-\w+\.tmp$/;

/** Resolves once the temporary file has this many bytes; false where the repair was faster. */
export async function reached(child: ChildProcess, out: string, bytes: number): Promise<boolean> {
  while (child.exitCode === null) {
    const name = readdirSync(out).find((entry) => LEFTOVER.test(entry));
    const size = name === undefined ? -1 : (statSync(join(out, name), { throwIfNoEntry: false })?.size ?? -1);
    if (size >= bytes) return true;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return false;
}
