/** The program's world: Node's machine, and the files of this computer. */
import { statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { RemoteKey, World } from "../../library/world.ts";
import { nodeMachine } from "../../platform/node/machine.ts";
import { BackupFolder } from "./backup-folder.ts";
import { openSource, readAtOnce } from "./byte-source.ts";
import { currentRemoteKey } from "./remote-key.ts";

export const nodeWorld: World & Required<Pick<World, "remoteKey">> = {
  ...nodeMachine,
  open: (path) => openSource(path),
  readAtOnce,
  isFile,
  guestFolder: async (path) => (await import("./guest-folder.ts")).openGuestFolder(path),
  absolute: (path) => resolve(path),
  remoteKey,
  beside: (path) => new BackupFolder(dirname(path)),
};

/** Loaded only where there is a key. */
function remoteKey(): RemoteKey | null {
  const key = currentRemoteKey();
  if (key === null) return null;
  const loaded = () => import("./decipher.ts");
  return {
    decipher: async (path, source) => (await loaded()).deciphered(path, source, { key, world: nodeWorld }),
    markError: async (path) => (await loaded()).markError(path, { key, world: nodeWorld }),
  };
}

function isFile(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  } catch {
    return false;
  }
}
