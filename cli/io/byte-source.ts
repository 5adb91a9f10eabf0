import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { ParseError } from "../../parsers/errors.ts";
import { CHUNK_BYTES, Peekable } from "./chunks.ts";
import { asParseError } from "./system-errors.ts";

/** An input, opened for reading only. Whoever opens it closes it. */
export interface ByteSource {
  /** Null for a pipe, where nobody knows. */
  readonly size: number | null;
  readonly bytes: Peekable;
  /** What was read from the file so far, looked at or not. */
  readonly bytesRead: () => number;
  readonly close: () => Promise<void>;
}

/** Names under which a pipe is meant to be read: process substitution gives `/dev/fd/63`. */
const DESCRIPTOR_PATH = /^\/dev\/(stdin|fd\/\d+)$/;

type Stdin = () => AsyncIterable<Uint8Array>;

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
    if (!isDescriptor) refuseSpecial(await stat(path, { bigint: true }));
    // Between the two looks at it a file may become a FIFO, which must not block.
    const handle = await open(
      path,
      isDescriptor ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NONBLOCK,
    );
    try {
      const stats = await handle.stat({ bigint: true });
      if (!isDescriptor) refuseSpecial(stats);
      return fileSource(handle, stats, chunkBytes);
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw asParseError(error);
  }
}

/** True for a folder and for a link to one; false where that cannot be told, which opening it then will. */
export async function isFolder(path: string): Promise<boolean> {
  if (path === "-") return false;
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}

function refuseSpecial(stats: BigIntStats): void {
  if (stats.isFile()) return;
  throw new ParseError({
    code: "special-file",
    expected: "a file",
    found: `a ${kindOf(stats)}`,
    next: stats.isDirectory() ? "" : "Read it through standard input: varscope analyze - < FILE.",
  });
}

function kindOf(stats: BigIntStats): string {
  if (stats.isDirectory()) return "folder";
  if (stats.isFIFO()) return "named pipe";
  if (stats.isSocket()) return "socket";
  return stats.isBlockDevice() ? "block device" : "character device";
}

function standardInput(stdin: Stdin): ByteSource {
  const counter = { bytes: 0 };
  const bytes = new Peekable(counted(stdin(), counter));
  return { size: null, bytes, bytesRead: () => counter.bytes, close: () => bytes.close() };
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

function fileSource(handle: FileHandle, stats: BigIntStats, chunkBytes: number): ByteSource {
  // Files of /proc and pipes tell a size of 0 whatever they hold.
  const size = stats.isFile() && stats.size > 0n ? Number(stats.size) : null;
  const counter = { bytes: 0 };
  const bytes = new Peekable(
    size === null ? toTheEnd(handle, counter) : upToSize(handle, size, chunkBytes, counter),
  );
  return { size, bytes, bytesRead: () => counter.bytes, close: () => handle.close() };
}

async function* toTheEnd(handle: FileHandle, counter: { bytes: number }): AsyncGenerator<Uint8Array, void> {
  for (;;) {
    const chunk = await readChunk(handle, CHUNK_BYTES, null);
    if (chunk.length === 0) return;
    counter.bytes += chunk.length;
    yield chunk;
  }
}

/** The size at the time of opening counts, so that a file which keeps growing has an end. */
async function* upToSize(
  handle: FileHandle,
  size: number,
  chunkBytes: number,
  counter: { bytes: number },
): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < size; ) {
    const chunk = await readChunk(handle, Math.min(chunkBytes, size - at), at);
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

async function readChunk(handle: FileHandle, length: number, position: number | null): Promise<Uint8Array> {
  try {
    const buffer = new Uint8Array(length);
    const { bytesRead } = await handle.read(buffer, 0, length, position);
    return buffer.subarray(0, bytesRead);
  } catch (error) {
    throw asParseError(error);
  }
}
