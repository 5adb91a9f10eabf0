/** Names that Xen Orchestra gives to the data files of a backup, and to their folders (_filenameDate.mjs, _getVmBackupDir.mjs). */
import { basename, dirname, join } from "../../parsers/paths.ts";
import { decodeUtf8 } from "../../parsers/text/text-encoding.ts";

export const EXPORT_NAME: RegExp = /^\d{8}T\d{6}Z\.xva$/i;
export const DISK_NAME: RegExp = /^\d{8}T\d{6}Z(?:\.alias)?\.vhd$/i;
export const ANY_DISK_NAME: RegExp = /^[^.].*\.vhd$/i;
export const ALIAS_NAME: RegExp = /\.alias\.vhd$/i;
export const DISK_FOLDER = "vdis";
export const JOB_FOLDER: RegExp = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const BACKUPS_FOLDER = "xo-vm-backups";
/** Largest file that is an alias of a disk (vhd-lib _constants.js, ALIAS_MAX_PATH_LENGTH). */
export const MAX_ALIAS_BYTES = 1024;
/** How much of a backup's metadata is read to find its VM: `vm` is near the beginning. */
export const WHOSE_BYTES = 65_536;
export const MAX_PATH = 4096;

/** Reasons why a file beside a backup was not looked at; the program and the library use the same texts. */
export const UNSEEN = {
  name: "its name is none that a file has",
  outside: "it lies outside of the folder of the metadata",
  longAlias: "it is too long for an alias",
  aliasOfAlias: "it leads to another alias, which Xen Orchestra refuses",
} as const;

/** Of a path below the folder, without `.` and what `..` takes back: whether it leads out of it. */
export function isOutside(inside: string): boolean {
  return inside.startsWith("/") || inside === ".." || inside.startsWith("../");
}

/** Where an alias leads, from its own folder; null where it is to another alias, which is refused (vhd-lib, aliases.js). */
export function aliasTarget(inside: string, content: Uint8Array): string | null {
  const text = decodeUtf8(content).trim();
  if (ALIAS_NAME.test(text)) return null;
  return text.startsWith("/") ? text : join(dirname(inside), text);
}

/** Whether all that lies in the folder is of one VM. */
export function isFolderOfVm(folder: string, vmUuid: string | null): boolean {
  return basename(dirname(folder)) === BACKUPS_FOLDER || basename(folder).toLowerCase() === vmUuid;
}

/** In a folder of several VMs' files the metadata beside an export says whose it is. */
export function metadataBeside(exportName: string): string {
  return exportName.replace(/\.xva$/i, ".json");
}

/** `head`: the first WHOSE_BYTES of metadata. */
export function isMetadataOf(head: Uint8Array, vmUuid: string): boolean {
  return decodeUtf8(head).toLowerCase().includes(`"${vmUuid}"`);
}
