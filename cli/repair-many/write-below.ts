/** Writes many new files below one folder. All paths are checked before the first file is written, and no link may lead out of the folder. */
import { lstatSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { printable } from "../../report/render/printable.ts";
import { UsageError } from "../errors.ts";
import type { InputFiles } from "../io/input-files.ts";
import { makeFolder } from "../io/make-folder.ts";
import { attempt, checkWritable, type SmallFile, writeAtomically, writeTogether } from "../io/write-file.ts";
import { refuseExisting } from "../write-files.ts";

/** How many files are kept in memory and synchronised to the disk together. */
const WRITTEN_TOGETHER = 16;

/** A file to write. */
export interface LaterFile {
  /** Path below the folder. */
  readonly place: string;
  /** The content; called when the file is written. */
  readonly content: () => Promise<Uint8Array | AsyncIterable<Uint8Array>>;
}

export interface WriteBelowSettings {
  readonly force: boolean;
  /** Inputs, which are never overwritten. */
  readonly inputs: InputFiles;
  /** Called for each file that was written completely. */
  readonly done: (file: LaterFile) => void;
  /** Called where a file cannot be written. True: the other files are still written; false: the error is thrown. */
  readonly passes: (file: LaterFile, error: unknown) => boolean;
}

/**
 * Each file appears whole or not at all; where one cannot be written, those before it stay. Throws UsageError before anything is
 * written, WriteError also on the way.
 */
export async function writeBelow(
  folder: string,
  files: readonly LaterFile[],
  { force, inputs, done, passes }: WriteBelowSettings,
): Promise<void> {
  if (files.length === 0) return;
  for (const { place } of files) {
    refuseLinks(folder, place);
    if (!force) refuseExisting(join(folder, place), inputs);
  }
  const folders = new Set(files.map(({ place }) => dirname(join(folder, place))));
  for (const one of folders) attempt(one, () => makeFolder(one));
  const real = attempt(folder, () => realpathSync(folder));
  for (const { place } of files) await checkWritable(join(real, place), { force, inputs });
  const settings = { force, inputs };
  let waiting: (SmallFile & { readonly file: LaterFile })[] = [];
  const writeWaiting = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    await writeTogether(batch, settings, ({ file }) => done(file));
  };
  for (const file of files) {
    // Whoever may write there can have put a link in the place of a folder since.
    refuseLinks(real, file.place);
    const target = join(real, file.place);
    try {
      const content = await file.content();
      if (content instanceof Uint8Array) {
        waiting.push({ target, content, file });
        if (waiting.length < WRITTEN_TOGETHER) continue;
        await writeWaiting();
      } else {
        await writeWaiting();
        await writeAtomically(target, content, settings);
        done(file);
      }
    } catch (error) {
      if (!passes(file, error)) throw error;
    }
  }
  await writeWaiting();
}

/** Throws for a link among the folders below `folder`. `folder` itself may be reached through links. */
function refuseLinks(folder: string, place: string): void {
  let path = folder;
  for (const part of place.split("/").slice(0, -1)) {
    path = join(path, part);
    const stats = attempt(path, () => lstatSync(path, { throwIfNoEntry: false }));
    if (stats === undefined) return;
    if (stats.isDirectory()) continue;
    const what = stats.isSymbolicLink() ? "is a link" : "is no folder";
    throw new UsageError(
      `${printable(path)} ${what}, and a folder is needed there. Delete it, or give another --out.`,
    );
  }
}
