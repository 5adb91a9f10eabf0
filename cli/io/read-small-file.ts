/** Files that a command line names besides the dump: updates, tables. */

import { readAll } from "../../library/input/read-all.ts";
import { asParseError } from "../../library/input/system-errors.ts";
import { printable } from "../../report/render/printable.ts";
import { UnreadableFile } from "../errors.ts";
import { openSource } from "./byte-source.ts";

/** All bytes of a file. Throws UnreadableFile where it cannot be read, is empty, or is longer than `maxBytes`. */
export async function readSmallFile(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const source = await openSource(path);
    try {
      return await readAll(source.bytes, maxBytes);
    } finally {
      await source.close();
    }
  } catch (error) {
    throw new UnreadableFile(`${printable(path)}: ${printable(asParseError(error).message)}`);
  }
}
