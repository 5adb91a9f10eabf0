/** Files of a remote of Xen Orchestra that are told by their place in it, without a look into them. */
import { ParseError } from "../../parsers/errors.ts";
import { emptyXoConfig, isXoConfigPath } from "../../parsers/formats/xo-config.ts";
import type { World } from "../world.ts";
import type { Element } from "./element.ts";
import type { FileTask } from "./task.ts";

/** What is just being written has a name of its own, beginning with a dot (@xen-orchestra/fs, abstract.js, _outputStream). */
const BEING_WRITTEN = /\/xo-vm-backups\/(?:.*\/)?\.[^/]+$/;
/** Of a disk that is kept as a folder: its blocks hold what a guest wrote, which may look like anything (vhd-lib, VhdDirectory.js). */
const PART_OF_DISK = /\.vhd\/(?:blocks\/\d+\/\d+|bat|header|footer|chunk-filters\.json)$/i;

/** Null for what is to be read. */
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

/** The path itself where there is no working directory to begin at: reading it will tell. */
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
