/** A folder of efivarfs, copied out of a guest or mounted: its files are the variables of one view. */
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { readAll } from "../../library/input/read-all.ts";
import { asParseError } from "../../library/input/system-errors.ts";
import type { GuestFolder } from "../../library/world.ts";
import { ParseError } from "../../parsers/errors.ts";
import { EfivarfsCollector } from "../../parsers/formats/efivarfs.ts";
import { efivarfsName, isTellingName } from "../../parsers/guest/efivarfs.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { openSource } from "./byte-source.ts";

/** Null for a folder without a variable of the firmware by its name. Never throws ParseError. */
export async function openGuestFolder(path: string): Promise<GuestFolder | null> {
  let names: readonly string[];
  try {
    names = await variableNames(path);
  } catch (error) {
    return { dump: null, error: asParseError(error) };
  }
  return names.some(isTellingName) ? readVariables(path, names) : null;
}

async function readVariables(path: string, names: readonly string[]): Promise<GuestFolder> {
  const collector = new EfivarfsCollector();
  for (const name of names) {
    if (!collector.hasRoom) break;
    try {
      const source = await openSource(join(path, name));
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

/** In the order of their bytes, as everywhere. */
async function variableNames(path: string): Promise<readonly string[]> {
  const names: string[] = [];
  let seen = 0;
  for await (const { name } of await opendir(path)) {
    if (++seen > PARSER_LIMITS.maxFolderEntries) break;
    if (efivarfsName(name) !== null) names.push(name);
  }
  return names.sort();
}

function noVariables(files: number): ParseError {
  return new ParseError({
    code: "unrecognised",
    expected: "variables as efivarfs shows them: 4 bytes of attributes, and the data",
    found: `${files} ${files === 1 ? "file" : "files"} with such names, none of which begins with attributes`,
    next: "Copy them again in the guest, as root: tar czf efivars.tar.gz /sys/firmware/efi/efivars",
  });
}
