/** A folder of efivarfs, copied out of a guest or mounted: its files are the variables of one view. */
import { ParseError } from "../../parsers/errors.ts";
import { EfivarfsCollector } from "../../parsers/formats/efivarfs.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import type { GuestFolder } from "../world.ts";
import { readAll } from "./read-all.ts";
import type { ByteSource } from "./source.ts";
import { asParseError } from "./system-errors.ts";

/** `names`: files of the folder whose names are those of variables (`NAME-GUID`). */
export async function readVariables(
  names: readonly string[],
  open: (name: string) => Promise<ByteSource>,
): Promise<GuestFolder> {
  const collector = new EfivarfsCollector();
  for (const name of names) {
    if (!collector.hasRoom) break;
    try {
      const source = await open(name);
      try {
        collector.add(name, await readAll(source.bytes, PARSER_LIMITS.maxSeenBytes));
      } finally {
        await source.close();
      }
    } catch (error) {
      collector.fail(name, asParseError(error));
    }
  }
  const dump = collector.dump();
  return dump === null ? { dump, error: noVariables(names.length) } : { dump, error: dump.error };
}

function noVariables(files: number): ParseError {
  return new ParseError({
    code: "unrecognised",
    expected: "variables as efivarfs shows them: 4 bytes of attributes, and the data",
    found: `${files} ${files === 1 ? "file" : "files"} with such names, none of which begins with attributes`,
    next: "Copy them again in the guest, as root: tar czf efivars.tar.gz /sys/firmware/efi/efivars",
  });
}
