import {
  accessSync,
  type BigIntStats,
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  statSync,
} from "node:fs";
import { dirname } from "node:path";
import { printable } from "../../report/render/printable.ts";
import type { InputFiles } from "./input-files.ts";
import { TemporaryFile, withClaimedName } from "./temporary-file.ts";

/** Nothing was written. The message names the file, the cause and what to do. */
export class WriteError extends Error {
  override readonly name: string = "WriteError";
}

export interface WriteSettings {
  /** Overwrite an existing file. */
  readonly force: boolean;
  /** Inputs, which are never overwritten, even with `force`. */
  readonly inputs: InputFiles;
  /** After how many bytes of a stream they are flushed to the disk. */
  readonly flushBytes?: number;
  /** Called when the file may be written and writing has begun. */
  readonly begun?: () => void;
}

/**
 * Writes a file that is there as a whole or not at all: into a temporary file beside it, which is synchronised and
 * renamed. Throws WriteError; what `content` throws passes as it is.
 */
export async function writeAtomically(
  path: string,
  content: Uint8Array | AsyncIterable<Uint8Array>,
  settings: WriteSettings,
): Promise<void> {
  const { file } = await checkTarget(path, settings);
  const temporary = attempt(path, () => new TemporaryFile(dirname(file)));
  try {
    settings.begun?.();
    if (content instanceof Uint8Array) attempt(path, () => temporary.write(content));
    else await writeStream(path, temporary, content, settings.flushBytes ?? FLUSH_BYTES);
    await pendingSignals();
    attempt(path, () => temporary.finish());
    syncFolder(dirname(await giveName(path, temporary, settings)));
    await pendingSignals();
  } finally {
    temporary.discard();
  }
}

export interface SmallFile {
  readonly target: string;
  readonly content: Uint8Array;
}

/** Files that are on their way to the disk at once: each costs a commit of the file system's journal, which many share. */
const WRITTEN_AT_ONCE = 16;

/**
 * The same for thousands of small files: some are synchronised at a time, and each folder once, when all have their names. Of
 * files behind one that fails none is written, and those before it stay. `done` is told of each that is there.
 */
export async function writeTogether<File extends SmallFile>(
  files: readonly File[],
  settings: WriteSettings,
  done: (file: File) => void,
): Promise<void> {
  const folders = new Set<string>();
  try {
    for (let at = 0; at < files.length; at += WRITTEN_AT_ONCE) {
      for await (const [file, path] of writeBatch(files.slice(at, at + WRITTEN_AT_ONCE), settings)) {
        folders.add(dirname(path));
        done(file);
      }
    }
  } finally {
    for (const folder of folders) syncFolder(folder);
  }
}

/** Writes a batch; gives each file with the path that it has now. */
async function* writeBatch<File extends SmallFile>(
  files: readonly File[],
  settings: WriteSettings,
): AsyncGenerator<readonly [file: File, path: string], void, undefined> {
  const temporaries: TemporaryFile[] = [];
  try {
    let failure: { readonly reason: unknown } | null = null;
    for (const { target, content } of files) {
      try {
        temporaries.push(await writeTemporary(target, content, settings));
      } catch (reason) {
        failure = { reason };
        break;
      }
    }
    await pendingSignals();
    const finished = await Promise.allSettled(temporaries.map((temporary) => temporary.finishBehind()));
    for (const [i, state] of finished.entries()) {
      const file = files[i]!;
      if (state.status === "rejected") throw asWriteError(file.target, state.reason);
      yield [file, await giveName(file.target, temporaries[i]!, settings)];
    }
    await pendingSignals();
    if (failure !== null) throw failure.reason;
  } finally {
    for (const temporary of temporaries) temporary.discard();
  }
}

async function writeTemporary(
  path: string,
  content: Uint8Array,
  settings: WriteSettings,
): Promise<TemporaryFile> {
  const { file } = await checkTarget(path, settings);
  const temporary = attempt(path, () => new TemporaryFile(dirname(file)));
  try {
    attempt(path, () => temporary.write(content));
    return temporary;
  } catch (error) {
    temporary.discard();
    throw error;
  }
}

/** Hours may have passed since it was looked at: what has the name by now may be an input. Gives the path with no link left in it. */
async function giveName(path: string, temporary: TemporaryFile, settings: WriteSettings): Promise<string> {
  const target = await checkTarget(path, settings);
  attempt(path, () => {
    if (target.exists) renameSync(temporary.path, target.file);
    else renameToNewName(temporary.path, target.file);
  });
  return target.file;
}

/** What can be known before anything is written. Throws WriteError, as writing would. */
export async function checkWritable(path: string, settings: WriteSettings): Promise<void> {
  const { file } = await checkTarget(path, settings);
  attempt(path, () => accessSync(dirname(file), constants.W_OK));
}

/** So much is on its way to the disk at a time, while more is written. Each time costs a commit of the file system's journal. */
const FLUSH_BYTES = 536_870_912; // 512 MiB

async function writeStream(
  path: string,
  temporary: TemporaryFile,
  content: AsyncIterable<Uint8Array>,
  flushBytes: number,
): Promise<void> {
  let unflushed = 0;
  for await (const chunk of content) {
    attempt(path, () => temporary.write(chunk));
    unflushed += chunk.length;
    if (unflushed < flushBytes) continue;
    temporary.flushBehind();
    unflushed = 0;
  }
  await temporary.flushed().catch((error: unknown) =>
    attempt(path, () => {
      throw error;
    }),
  );
}

/** Signals that came during synchronous work are seen only when the event loop turns, and only while somebody listens. */
function pendingSignals(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

interface Target {
  /** The file to write, through whatever links its folder is reached. */
  readonly file: string;
  readonly exists: boolean;
}

/** Throws WriteError where the file may not be written. */
async function checkTarget(path: string, { force, inputs }: WriteSettings): Promise<Target> {
  const stats = attempt(path, () => existingFile(path));
  if (stats === null) return { file: path, exists: false };
  const refusal = attempt(path, () => inputs.refusal(path, stats));
  if (refusal !== null) throw new WriteError(refusal);
  const isLinked = attempt(path, () => lstatSync(path)).isSymbolicLink();
  if (!force && !isLinked) throw alreadyThere(path);
  const linked = await inputs.refusalOfLinked(path, stats);
  if (linked !== null) throw new WriteError(linked);
  if (isLinked) throw isLink(path);
  return { file: attempt(path, () => realpathSync(path)), exists: true };
}

/** The existing file; null where nothing has the name yet. Throws WriteError where it is no file. */
export function existingFile(path: string): BigIntStats | null {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return null;
  const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
  if (stats === undefined)
    throw new WriteError(`${printable(path)} is a link to nothing. Give another name.`);
  if (!stats.isFile()) throw new WriteError(`${printable(path)} is no file. Give the name of a new file.`);
  return stats;
}

/** The error for a link: another user of the folder could point it at any file of the user who runs varscope. */
function isLink(path: string): WriteError {
  return new WriteError(
    `${printable(path)} is a link, and what it leads to is not written over, not even with --force. Give another name, or delete the link.`,
  );
}

function alreadyThere(path: string): WriteError {
  return new WriteError(`${printable(path)} exists. Give another name, or --force to write over it.`);
}

/** link(2) fails where the name exists, which rename(2) would take away from its owner. */
function renameToNewName(temporary: string, target: string): void {
  try {
    linkSync(temporary, target);
  } catch (error) {
    const code = codeOf(error);
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP" && code !== "ENOSYS") throw error;
    // File systems without hard links, such as FAT.
    withClaimedName(target, () => renameSync(temporary, target));
  }
}

/** So that the name survives a power cut as well. Not every file system can; the file itself is safe by now. */
function syncFolder(folder: string): void {
  try {
    const descriptor = openSync(folder, "r");
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // Nothing that a user could do about it.
  }
}

type Advice = readonly [cause: string, advice: string];

const DISK_FULL: Advice = ["the disk is full", "Free some space, or write to another disk."];
const NO_PERMISSION: Advice = [
  "there is no permission to write in its folder",
  "Write to another folder, or change its permissions.",
];

/** Errors of writing in plain words, by their code. */
const ADVICE: Readonly<Record<string, Advice>> = {
  ENOSPC: DISK_FULL,
  EDQUOT: ["the disk quota is used up", "Free some space, or write to another disk."],
  EFBIG: ["the file would be larger than the system allows", "Write to another disk, or raise the limit."],
  ENOENT: ["its folder does not exist", "Create the folder first."],
  ENOTDIR: ["a part of the path is no folder", "Check the spelling of the path."],
  EACCES: NO_PERMISSION,
  EPERM: NO_PERMISSION,
  EROFS: ["the disk is read-only", "Write to another disk."],
  ENAMETOOLONG: ["the name is too long", "Give a shorter one."],
  EIO: ["the disk reports an error", "Check the disk, or write to another one."],
};

/** Runs a step of writing `path`. An error of the system becomes a WriteError. */
export function attempt<T>(path: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw asWriteError(path, error);
  }
}

/** Makes a WriteError of an error of the system; returns any other error as it is. */
export function asWriteError(path: string, error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof WriteError || code === "") return error;
  if (code === "EEXIST") return alreadyThere(path);
  const [cause, advice] = ADVICE[code] ?? [`the system reports ${code}`, "Write to another place."];
  return new WriteError(`${printable(path)} was not written: ${cause}. ${advice}`);
}

/** Code of an error of the system, such as `ENOSPC`; "" for any other error. */
function codeOf(error: unknown): string {
  if (!(error instanceof Error) || !("errno" in error) || !("code" in error)) return "";
  return `${error.code}`;
}
