/** Several new files at once: nothing is written when one of them may not be. */

import { printable } from "../report/render/printable.ts";
import { UsageError } from "./errors.ts";
import type { InputFiles } from "./io/input-files.ts";
import { makeFolder } from "./io/make-folder.ts";
import {
  checkWritable,
  existingFile,
  type SmallFile,
  writeAtomically,
  writeTogether,
} from "./io/write-file.ts";

export interface NewFile {
  readonly target: string;
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
}

export interface WriteFilesSettings {
  /** Made where it is missing; null where the files have places of their own. */
  readonly folder: string | null;
  readonly force: boolean;
  /** What is never written over. */
  readonly inputs: InputFiles;
  /** Is told of each file that is there as a whole. */
  readonly done?: (file: NewFile) => void;
}

/** Each file appears whole or not at all. Throws UsageError and WriteError. */
export async function writeFiles(
  files: readonly NewFile[],
  { folder, force, inputs, done }: WriteFilesSettings,
): Promise<void> {
  if (files.length === 0) return;
  if (!force) for (const { target } of files) refuseExisting(target, inputs);
  if (folder !== null) createFolder(folder);
  // The first of them may take hours.
  for (const { target } of files) await checkWritable(target, { force, inputs });
  const settings = { force, inputs };
  let waiting: (NewFile & SmallFile)[] = [];
  const writeWaiting = async (): Promise<void> => {
    await writeTogether(waiting, settings, (file) => done?.(file));
    waiting = [];
  };
  for (const file of files) {
    if (isSmall(file)) {
      waiting.push(file);
      continue;
    }
    await writeWaiting();
    await writeAtomically(file.target, file.content, settings);
    done?.(file);
  }
  await writeWaiting();
}

function isSmall(file: NewFile): file is NewFile & SmallFile {
  return file.content instanceof Uint8Array;
}

export function refuseExisting(target: string, inputs: InputFiles): void {
  let refusal: string | null;
  try {
    const stats = existingFile(target);
    if (stats === null) return;
    refusal = inputs.refusal(target, stats);
  } catch (error) {
    // A place that cannot be looked at, such as below a file, is told by whoever writes there.
    if (error instanceof Error && "syscall" in error) return;
    throw error;
  }
  throw new UsageError(
    refusal ?? `${printable(target)} exists. Nothing was written; --force writes over it.`,
  );
}

function createFolder(path: string): void {
  try {
    makeFolder(path);
  } catch (error) {
    if (!(error instanceof Error && "syscall" in error)) throw error;
    throw new UsageError(`The folder ${printable(path)} cannot be created: ${printable(error.message)}.`);
  }
}
