/** Single blocks of a plain archive, read where they stand. Everything here throws as open(2) and read(2) do. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { isAllZero } from "../../parsers/bytes.ts";
import { TAR_BLOCK_BYTES } from "../../parsers/packing/tar.ts";

const END_BYTES = 2 * TAR_BLOCK_BYTES;
/** Whether it ends as one does: two blocks of zeros at a whole number of blocks (xapi ocaml/xapi-aux/tar_helpers.ml, write_end). */
export function endsAsArchive(path: string): boolean {
  return withFile(path, (descriptor) => {
    const { size } = fstatSync(descriptor);
    if (size < END_BYTES || size % TAR_BLOCK_BYTES !== 0) return false;
    const end = readAt(descriptor, size - END_BYTES, END_BYTES);
    return end.length === END_BYTES && isAllZero(end);
  });
}

/** What stands from `start` up to `end`, or to the end of the file. */
export function bytesAt(path: string, start: number, end: number): Uint8Array {
  return withFile(path, (descriptor) => readAt(descriptor, start, end - start));
}

function withFile<T>(path: string, look: (descriptor: number) => T): T {
  const descriptor = openSync(path, "r");
  try {
    return look(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function readAt(descriptor: number, position: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  return bytes.subarray(0, readSync(descriptor, bytes, 0, length, position));
}
