/** What size, first and last bytes say about a data file of a backup. */
import { isAllZero } from "../../parsers/bytes.ts";
import { VHD_HEAD_BYTES, vhdEnds } from "../../parsers/disk/vhd-ends.ts";
import { TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";
import type { SeenFile } from "../../rules/backup/restorable.ts";
import { compressionOf } from "../unpack/decompress.ts";

/** Bytes that are read at the end: an archive ends with two blocks of zeros. */
export const END_BYTES: number = 2 * TAR_BLOCK_BYTES;
/** Bytes that are read at the beginning: enough to see compression and the kind of a disk. */
export const HEAD_BYTES: number = VHD_HEAD_BYTES;

export function unseen(why: string): SeenFile {
  return { state: "unknown", why };
}

/** For a file of which only the size in bytes is known. */
export function sizedFile(bytes: number): SeenFile {
  return { state: "there", bytes, isCompressed: null, endsInZeros: null, vhd: null };
}

/** `end`: the last END_BYTES of the file, or the whole file where it is shorter. */
export function seenFile(bytes: number, head: Uint8Array, end: Uint8Array): SeenFile {
  const endsInZeros = end.length === END_BYTES && isAllZero(end);
  const vhd = vhdEnds(bytes, head, end);
  return { state: "there", bytes, isCompressed: compressionOf(head) !== null, endsInZeros, vhd };
}

/** `find(key)`, called once for each key and remembered: thousands of backups ask about the same folders. */
export function remembered<K>(known: Map<K, boolean>, key: K, find: (key: K) => boolean): boolean {
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = find(key);
  known.set(key, found);
  return found;
}
