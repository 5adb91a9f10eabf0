/** How Xen Orchestra calls the data files of a backup, and their folders (_filenameDate.mjs, _getVmBackupDir.mjs). */
export const EXPORT_NAME: RegExp = /^\d{8}T\d{6}Z\.xva$/i;
export const DISK_NAME: RegExp = /^\d{8}T\d{6}Z(?:\.alias)?\.vhd$/i;
export const ANY_DISK_NAME: RegExp = /^[^.].*\.vhd$/i;
export const ALIAS_NAME: RegExp = /\.alias\.vhd$/i;
export const DISK_FOLDER = "vdis";
export const JOB_FOLDER: RegExp = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
export const BACKUPS_FOLDER = "xo-vm-backups";
/** An alias that is longer is none (vhd-lib _constants.js, ALIAS_MAX_PATH_LENGTH). */
export const MAX_ALIAS_BYTES = 1024;
/** What is read of metadata to see whose it is: `vm` stands in its beginning. */
export const WHOSE_BYTES = 65_536;
export const MAX_PATH = 4096;

/** Why nothing is told of a file; `varscope` and the library say the same. */
export const UNSEEN = {
  name: "its name is none that a file has",
  outside: "it lies outside of the folder of the metadata",
  longAlias: "it is too long for an alias",
  aliasOfAlias: "it leads to another alias, which Xen Orchestra refuses",
} as const;
