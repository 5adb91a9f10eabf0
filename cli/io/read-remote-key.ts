/**
 * The key of an encrypted remote of Xen Orchestra (`--encryption-key-file`): 32 characters, as they stand in the remote's settings
 * (@xen-orchestra/fs, _encryptor.js). It is read once, its bytes are overwritten, and nothing ever prints it.
 */
import { createSecretKey, type KeyObject } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { printable } from "../../report/render/printable.ts";
import { UsageError } from "../errors.ts";

const KEY_BYTES = 32;
/** A line's end may stand behind it; what is longer is no key. */
const MAX_FILE_BYTES = KEY_BYTES + 2;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** Anybody of the group, or anybody at all, may read it. */
const READABLE_BY_OTHERS = 0o044;

/** Throws UsageError where the file cannot be read, or holds no key. */
export function readRemoteKey(path: string, complain: (line: string) => void): KeyObject {
  // One more than it may have, so that a longer file is told from a key.
  const bytes = new Uint8Array(MAX_FILE_BYTES + 1);
  try {
    const { length, mode } = readInto(path, bytes);
    if ((mode & READABLE_BY_OTHERS) !== 0) {
      complain(
        `--encryption-key-file: others on this machine may read ${printable(path)}. Keep it to yourself: chmod 600.`,
      );
    }
    const end = withoutNewline(bytes, length);
    if (end !== KEY_BYTES) {
      const found = length > MAX_FILE_BYTES ? "more" : `${end} bytes`;
      throw new UsageError(
        `--encryption-key-file ${printable(path)}: expected the key of the remote, ${KEY_BYTES} characters of ASCII as its settings in Xen Orchestra show it, found ${found}.`,
      );
    }
    return createSecretKey(bytes.subarray(0, KEY_BYTES));
  } finally {
    bytes.fill(0);
  }
}

function readInto(path: string, bytes: Uint8Array): { readonly length: number; readonly mode: number } {
  try {
    const descriptor = openSync(path, "r");
    try {
      const stats = fstatSync(descriptor);
      let length = 0;
      for (let read = -1; read !== 0 && length < bytes.length; length += read)
        read = readSync(descriptor, bytes, length, bytes.length - length, null);
      return { length, mode: stats.isFile() ? stats.mode : 0 };
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new UsageError(`--encryption-key-file ${printable(path)} cannot be read (${String(error.code)}).`);
  }
}

function withoutNewline(bytes: Uint8Array, length: number): number {
  let end = length;
  if (bytes[end - 1] === NEWLINE) end--;
  if (end < length && bytes[end - 1] === RETURN) end--;
  return end;
}
