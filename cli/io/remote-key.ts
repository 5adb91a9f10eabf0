/** The key with which files of an encrypted remote are read, in this thread (`read-remote-key.ts`). */
import type { KeyObject } from "node:crypto";

let remoteKey: KeyObject | null = null;

/** Null where none was given: then nothing is deciphered. */
export function currentRemoteKey(): KeyObject | null {
  return remoteKey;
}

/** Also for a thread, which gets it from the one that read it. */
export function useRemoteKey(key: KeyObject | null): void {
  remoteKey = key;
}
