/** Whether a plain archive ends as one does, told by its last kilobyte. */
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { isAllZero } from "../../parsers/bytes.ts";
import { TAR_BLOCK_BYTES } from "../../parsers/tar.ts";

const END_BYTES = 2 * TAR_BLOCK_BYTES;

/** Two blocks of zeros at a whole number of blocks (xapi ocaml/xapi-aux/tar_helpers.ml, write_end). Throws as open(2) does. */
export function endsAsArchive(path: string): boolean {
  const descriptor = openSync(path, "r");
  try {
    const { size } = fstatSync(descriptor);
    if (size < END_BYTES || size % TAR_BLOCK_BYTES !== 0) return false;
    const end = new Uint8Array(END_BYTES);
    return readSync(descriptor, end, 0, END_BYTES, size - END_BYTES) === END_BYTES && isAllZero(end);
  } finally {
    closeSync(descriptor);
  }
}
