/** The steps of a run: one file each, and the end of each folder. */
import type { ParseError } from "../../parsers/errors.ts";

/** One file to read. */
export interface FileTask {
  readonly kind: "file";
  /** Index among all files that the command line names, from 0; the same on every machine. */
  readonly place: number;
  readonly path: string;
  /** Path below the folder that the user named; for a file that the user named, its path. */
  readonly below: string;
  /** True where the user named the file itself, and not its folder. */
  readonly isNamed: boolean;
  /** Why the file cannot be read, as was found while listing the folder; null where it is to be read. */
  readonly error: ParseError | null;
}

/** The end of a folder that the command line names. */
export interface FolderEnd {
  readonly kind: "folder-end";
  readonly place: number;
  readonly path: string;
  /** Number of files in it. */
  readonly files: number;
}

export type Task = FileTask | FolderEnd;
