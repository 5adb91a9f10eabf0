/** What is told of a file beside the metadata of a backup, by its size and by its first and last bytes. */
import { isAllZero } from "../../parsers/bytes.ts";
import { VHD_HEAD_BYTES, vhdEnds } from "../../parsers/disk/vhd-ends.ts";
import { TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";
import type { SeenFile } from "../../rules/backup/restorable.ts";
import { compressionOf } from "../unpack/decompress.ts";

/** An archive ends with two blocks of zeros. */
export const END_BYTES: number = 2 * TAR_BLOCK_BYTES;
/** Tells whether it is compressed, and what a disk begins with. */
export const HEAD_BYTES: number = VHD_HEAD_BYTES;

export function unseen(why: string): SeenFile {
  return { state: "unknown", why };
}

/** Where only its size is known. */
export function sizedFile(bytes: number): SeenFile {
  return { state: "there", bytes, isCompressed: null, endsInZeros: null, vhd: null };
}

/** `end`: its last END_BYTES, or all that it has. */
export function seenFile(bytes: number, head: Uint8Array, end: Uint8Array): SeenFile {
  const endsInZeros = end.length === END_BYTES && isAllZero(end);
  const vhd = vhdEnds(bytes, head, end);
  return { state: "there", bytes, isCompressed: compressionOf(head) !== null, endsInZeros, vhd };
}

/** The answer for a key, worked out once: thousands of backups ask for the same folders. */
export function remembered<K>(known: Map<K, boolean>, key: K, find: (key: K) => boolean): boolean {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find(key);
  known.set(key, found);
  return found;
}
