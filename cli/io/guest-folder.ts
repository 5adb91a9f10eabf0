/** A folder of efivarfs, copied out of a guest or mounted: its files are the variables of one view. */
import { opendir } from "node:fs/promises";
import { join } from "node:path";
import { readVariables } from "../../library/input/guest-folder.ts";
import { asParseError } from "../../library/input/system-errors.ts";
import type { GuestFolder } from "../../library/world.ts";
import { efivarfsName, isTellingName } from "../../parsers/guest/efivarfs.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { isFolder, openSource } from "./byte-source.ts";

/** Null for a folder without a variable of the firmware by its name, and for a pipe or a device. Never throws ParseError. */
export async function openGuestFolder(path: string): Promise<GuestFolder | null> {
  if (!(await isFolder(path))) return null;
  let names: readonly string[];
  try {
    names = await variableNames(path);
  } catch (error) {
    return { dump: null, error: asParseError(error) };
  }
  if (!names.some(isTellingName)) return null;
  return readVariables(names, (name) => openSource(join(path, name)));
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
