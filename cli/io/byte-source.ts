import { closeSync, constants, fstatSync, openSync, read, readSync, type Stats, statSync } from "node:fs";
import { promisify } from "node:util";
import { BULK_CHUNK_BYTES, CHUNK_BYTES, Peekable } from "../../library/input/chunks.ts";
import type { ByteSource, ReadAt } from "../../library/input/source.ts";
import { asParseError } from "../../library/input/system-errors.ts";
import type { WholeFile } from "../../library/world.ts";
import { ParseError } from "../../parsers/errors.ts";

/** Paths of pipes that are read: process substitution of a shell gives `/dev/fd/63`. */
const DESCRIPTOR_PATH = /^\/dev\/(stdin|fd\/\d+)$/;

type Stdin = () => AsyncIterable<Uint8Array>;

/** Files up to this size are read synchronously: to wait for a thread of Node takes longer than to read. */
const READ_AT_ONCE_BYTES = 262_144; // 256 KiB

const readAsync = promisify(read);

/**
 * Opens a path, `-` being standard input. Throws ParseError `not-found`, `permission-denied`, `special-file`
 * (it could block or, for a device, have effects) and `read-failed`; files are read in pieces of `chunkBytes`, and throw `truncated` where a file
 * becomes shorter while it is read, and `read-failed`.
 */
export async function openSource(
  path: string,
  stdin: Stdin = () => process.stdin,
  chunkBytes: number = CHUNK_BYTES,
): Promise<ByteSource> {
  if (path === "-" || path === "/dev/stdin") return standardInput(stdin);
  try {
    const isDescriptor = DESCRIPTOR_PATH.test(path);
    if (!isDescriptor) refuseSpecial(statSync(path));
    // Between the two looks at it a file may become a FIFO, which must not block.
    const fd = openSync(path, isDescriptor ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      if (!isDescriptor) refuseSpecial(stats);
      return fileSource(fd, stats, chunkBytes);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    throw asParseError(error);
  }
}

/** `readAtOnce` of World. */
export function readAtOnce(path: string): WholeFile | null {
  if (path === "-" || DESCRIPTOR_PATH.test(path)) return null;
  try {
    if (!isSmallFile(statSync(path))) return null;
    const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const stats = fstatSync(fd);
      const bytes = isSmallFile(stats) ? readNow(fd, stats.size, 0) : null;
      return bytes?.length === stats.size ? { bytes, modified: modifiedText(stats.mtimeMs) } : null;
    } finally {
      closeSync(fd);
    }
  } catch {
    return null;
  }
}

function isSmallFile(stats: Stats): boolean {
  return stats.isFile() && stats.size > 0 && stats.size <= READ_AT_ONCE_BYTES;
}

/** True for a folder and a link to one. False where it cannot be looked at: opening it gives the error. */
export async function isFolder(path: string): Promise<boolean> {
  if (path === "-") return false;
  try {
    // Not through node:fs/promises: loading that takes longer than the whole look.
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

function refuseSpecial(stats: Stats): void {
  if (stats.isFile()) return;
  throw new ParseError({
    code: "special-file",
    expected: "a file",
    found: `a ${kindOf(stats)}`,
    next: stats.isDirectory()
      ? ""
      : "Read it through standard input: - in place of its name, and < FILE behind the command.",
  });
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return "folder";
  if (stats.isFIFO()) return "named pipe";
  if (stats.isSocket()) return "socket";
  return stats.isBlockDevice() ? "block device" : "character device";
}

function standardInput(stdin: Stdin): ByteSource {
  const counter = { bytes: 0 };
  const bytes = new Peekable(counted(stdin(), counter));
  return {
    size: null,
    modified: null,
    bytes,
    readAt: null,
    bytesRead: () => counter.bytes,
    close: () => bytes.close(),
  };
}

async function* counted(
  source: AsyncIterable<Uint8Array>,
  counter: { bytes: number },
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const chunk of source) {
      counter.bytes += chunk.length;
      yield chunk;
    }
  } catch (error) {
    throw asParseError(error);
  }
}

function fileSource(fd: number, stats: Stats, chunkBytes: number): ByteSource {
  // Files of /proc and pipes tell a size of 0 whatever they hold.
  const size = stats.isFile() && stats.size > 0 ? stats.size : null;
  const counter = { bytes: 0 };
  const bytes = new Peekable(size === null ? toTheEnd(fd, counter) : upToSize(fd, size, chunkBytes, counter));
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  // Without waiting: an export is walked in steps of some hundred bytes, and a disk may need a million of them.
  const readAt: ReadAt = (position, length) => {
    const chunk = readNow(fd, length, position);
    counter.bytes += chunk.length;
    return chunk;
  };
  const modified = stats.isFile() ? modifiedText(stats.mtimeMs) : null;
  return {
    size,
    modified,
    bytes,
    readAt: size === null ? null : readAt,
    bytesRead: () => counter.bytes,
    close,
  };
}

async function* toTheEnd(fd: number, counter: { bytes: number }): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const chunk = await readChunk(fd, CHUNK_BYTES, null);
    if (chunk.length === 0) return;
    counter.bytes += chunk.length;
    yield chunk;
  }
}

/**
 * The size at the time of opening counts, so that a file which keeps growing has an end. Pieces grow with what was read: whoever
 * has read a megabyte mostly reads all, and each wait for another thread takes as long as reading 100 KB.
 */
async function* upToSize(
  fd: number,
  size: number,
  chunkBytes: number,
  counter: { bytes: number },
): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < size; ) {
    const isSmall = size <= READ_AT_ONCE_BYTES;
    const chunk = isSmall
      ? readNow(fd, size - at, at)
      : await readChunk(fd, Math.min(Math.max(chunkBytes, Math.min(at, BULK_CHUNK_BYTES)), size - at), at);
    if (chunk.length === 0) {
      throw new ParseError({
        code: "truncated",
        offset: at,
        expected: `a file of ${size} bytes, as it was when it was opened`,
        found: `its end after ${at}`,
        next: "It became shorter while it was read: wait until nothing writes to it.",
      });
    }
    at += chunk.length;
    counter.bytes += chunk.length;
    yield chunk;
  }
}

async function readChunk(fd: number, length: number, position: number | null): Promise<Uint8Array> {
  try {
    const buffer = new Uint8Array(length);
    const { bytesRead } = await readAsync(fd, buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw asParseError(error);
  }
}

function readNow(fd: number, length: number, position: number): Uint8Array {
  try {
    const buffer = new Uint8Array(length);
    return buffer.subarray(0, readSync(fd, buffer, 0, length, position));
  } catch (error) {
    throw asParseError(error);
  }
}

/** A time as `modified` of a report: whole seconds, UTC. Null for a year that does not have four digits. */
export function modifiedText(milliseconds: number): string | null {
  const time = new Date(Math.floor(milliseconds / 1000) * 1000);
  const year = time.getUTCFullYear();
  return year >= 0 && year <= 9999 ? time.toISOString().replace(".000Z", "Z") : null;
}
