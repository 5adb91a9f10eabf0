/** What a run reads, file by file. */
import type { ParseError } from "../../parsers/errors.ts";

/** One file to read. */
export interface FileTask {
  readonly kind: "file";
  /** Place among all that the command line names, from 0; the same on every machine. */
  readonly place: number;
  readonly path: string;
  /** Below the folder that was named; of a file that was named, its path. */
  readonly below: string;
  /** True where the command line names the file itself. */
  readonly isNamed: boolean;
  /** Why it could not even be looked at; null where it is to be read. */
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
