import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it that are not there. Throws the errors of the system. Not `mkdirSync` with `recursive`: that
 * never comes back where mkdir(2) says ENOENT below a folder that is there, as in /proc.
 */
export function makeFolder(path: string): void {
  const whole = resolve(path);
  const folders = [whole];
  for (let at = dirname(whole); statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at))
    folders.push(at);
  for (const folder of folders.reverse()) makeOne(folder);
}

function makeOne(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (error) {
    // Somebody else may have been faster.
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
  }
}
