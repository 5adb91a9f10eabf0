/** The program's world: Node's machine, and the files of this computer. */
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { World } from "../../library/world.ts";
import { nodeMachine } from "../../platform/node/machine.ts";
import { BackupFolder } from "./backup-folder.ts";
import { openSource } from "./byte-source.ts";

export const nodeWorld: World = {
  ...nodeMachine,
  open: (path) => openSource(path),
  isFile,
  guestFolder: async (path) => (await import("./guest-folder.ts")).openGuestFolder(path),
  absolute: (path) => resolve(path),
  beside: (path) => new BackupFolder(dirname(path)),
};

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}
