/** Files of a Xen Orchestra remote that are recognised by their path, and not read. */
import { ParseError } from "../../parsers/errors.ts";
import { emptyXoConfig, isXoConfigPath } from "../../parsers/formats/xo-config.ts";
import type { World } from "../world.ts";
import type { Element } from "./element.ts";
import type { FileTask } from "./task.ts";

/** A file that is still being written: its name begins with a dot (@xen-orchestra/fs, abstract.js, _outputStream). */
const BEING_WRITTEN = /\/xo-vm-backups\/(?:.*\/)?\.[^/]+$/;
/** A file of a disk that is kept as a folder. Its blocks hold data of the guest, which may look like any format (vhd-lib, VhdDirectory.js). */
const PART_OF_DISK = /\.vhd\/(?:blocks\/\d+\/\d+|bat|header|footer|chunk-filters\.json)$/i;

/** Why a file is not read; null for a file that is read. */
export function passedOver(
  { path, isNamed }: Pick<FileTask, "path" | "isNamed">,
  { absolute }: Pick<World, "absolute">,
): Element | null {
  const whole = wholePath(path, absolute);
  if (isXoConfigPath(whole)) return { path, dump: emptyXoConfig(), error: null, order: 0 };
  // Whoever names such a file wants to know what is in it.
  if (isNamed) return null;
  if (BEING_WRITTEN.test(whole)) return passed(path, "a file that Xen Orchestra has not written to its end");
  return PART_OF_DISK.test(whole) ? passed(path, "a part of a disk that is kept as a folder") : null;
}

/** The absolute path, or the path itself where there is no working directory: reading it gives the error. */
function wholePath(path: string, absolute: World["absolute"]): string {
  try {
    return absolute(path);
  } catch {
    return path;
  }
}

function passed(path: string, found: string): Element {
  const error = new ParseError({ code: "unrecognised", expected: "a dump", found });
  return { path, dump: null, error, order: 0 };
}
