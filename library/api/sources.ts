/** Inputs that somebody hands over, as the world of a run: names in place of files. */
import { ParseError } from "../../parsers/errors.ts";
import { dirname, join, normalize } from "../../parsers/paths.ts";
import { CHUNK_BYTES, Peekable } from "../input/chunks.ts";
import { readVariables } from "../input/guest-folder.ts";
import type { ByteSource } from "../input/source.ts";
import type { Machine, World } from "../world.ts";
import { BesideSource, SourceTree } from "./beside.ts";
import type { Folded } from "./guest-folders.ts";
import type { AsyncBuffer, BlobLike, Signal, Source } from "./types.ts";

interface Bytes {
  readonly size: number;
  readonly modified: number | null;
  readonly read: (start: number, end: number) => Uint8Array | Promise<Uint8Array>;
}

/** Throws TypeError for what is no source. */
export function checkSource(source: Source): Source {
  const isNamed = typeof source?.name === "string" && source.name !== "";
  if (!isNamed || bytesOf(source) === null)
    throw new TypeError(
      "a source is { name, data }: a name that is not empty, and a Uint8Array, a Blob, or an object with byteLength and slice",
    );
  return source;
}

function bytesOf({ data }: Source): Bytes | null {
  if (data instanceof Uint8Array)
    return { size: data.length, modified: null, read: (start, end) => data.subarray(start, end) };
  if (typeof data !== "object" || data === null || typeof data.slice !== "function") return null;
  if ("arrayBuffer" in data && "size" in data) {
    const blob: BlobLike = data as BlobLike;
    const read = async (start: number, end: number): Promise<Uint8Array> =>
      new Uint8Array(await blob.slice(start, end).arrayBuffer());
    return { size: blob.size, modified: blob.lastModified ?? null, read };
  }
  const buffer = data as AsyncBuffer;
  if (typeof buffer.byteLength !== "number") return null;
  return {
    size: buffer.byteLength,
    modified: buffer.lastModified ?? null,
    read: (start, end) => {
      const bytes = buffer.slice(start, end);
      return bytes instanceof Promise ? bytes.then(bytesIn) : bytesIn(bytes);
    },
  };
}

/** Bytes in memory are there at once, and with them nobody else ever had a turn: no signal would be heard. Others wait by themselves. */
function inTurns(bytes: Bytes, { turn }: Machine, signal: Signal | undefined): Bytes {
  if (signal === undefined) return bytes;
  let sinceTurn = 0;
  const read = (start: number, end: number): Uint8Array | Promise<Uint8Array> => {
    const piece = bytes.read(start, end);
    if (!(piece instanceof Uint8Array)) return piece;
    // A disk is read in many small pieces.
    sinceTurn += piece.length;
    if (sinceTurn < CHUNK_BYTES) return piece;
    sinceTurn = 0;
    return turn().then(() => {
      if (signal.aborted) throw abortedReading();
      return piece;
    });
  };
  return { ...bytes, read };
}

const NO_BYTES: Bytes = { size: 0, modified: null, read: () => new Uint8Array(0) };

function bytesIn(buffer: ArrayBuffer): Uint8Array {
  return new Uint8Array(buffer);
}

/** How many bytes were read of which source. */
export type ReadCounts = Map<string, number>;

export interface WorldSettings {
  readonly counts?: ReadCounts;
  readonly folders?: Folded["folders"] | undefined;
  /** Once it is aborted nothing is read any more: whoever reads looks at it then. */
  readonly signal?: Signal | undefined;
}

/** The first of several sources of one name counts. */
export function worldOf(
  machine: Machine,
  sources: readonly Source[],
  { counts = new Map(), folders = NO_FOLDERS, signal }: WorldSettings = {},
): World {
  const byName = new Map<string, Source>();
  for (const source of sources) if (!byName.has(source.name)) byName.set(source.name, source);
  let tree: SourceTree | null = null;
  const open = async (path: string): Promise<ByteSource> => {
    if (folders.has(path)) throw isFolder();
    const source = byName.get(path);
    const bytes = source === undefined ? null : bytesOf(source);
    if (bytes === null) throw notThere();
    return openBytes(inTurns(bytes, machine, signal), signal, (count) =>
      counts.set(path, (counts.get(path) ?? 0) + count),
    );
  };
  return {
    ...machine,
    open,
    guestFolder: async (path) => {
      const names = folders.get(path);
      return names === undefined ? null : readVariables(names, (name) => open(`${path}/${name}`));
    },
    isFile: (path) => byName.has(path),
    absolute: (path) => join("/", path),
    beside: (path) => {
      tree ??= new SourceTree(Array.from(byName, ([name, source]) => [name, bytesOf(source) ?? NO_BYTES]));
      return new BesideSource(tree, dirname(normalize(path)));
    },
  };
}

const NO_FOLDERS: Folded["folders"] = new Map();

function isFolder(): ParseError {
  return new ParseError({ code: "special-file", expected: "a source of bytes", found: "a folder" });
}

function notThere(): ParseError {
  return new ParseError({ code: "not-found", expected: "a source of this name", found: "none" });
}

function abortedReading(): ParseError {
  return new ParseError({ code: "read-failed", expected: "a source to be read on", found: "an aborted run" });
}

/** What a source that fails says is not varscope's own: its words are told as they are. */
function unreadable(error: unknown): ParseError {
  if (error instanceof ParseError) return error;
  const found = error instanceof Error ? error.message : String(error);
  return new ParseError({ code: "read-failed", expected: "a source that can be read", found });
}

function openBytes(
  { size, modified, read }: Bytes,
  signal: Signal | undefined,
  count: (bytes: number) => void,
): ByteSource {
  let total = 0;
  const readAt = (position: number, length: number): Uint8Array | Promise<Uint8Array> => {
    const counted = (bytes: Uint8Array): Uint8Array => {
      total += bytes.length;
      count(bytes.length);
      return bytes;
    };
    const end = Math.min(position + length, size);
    if (position >= end) return new Uint8Array(0);
    if (signal?.aborted === true) throw abortedReading();
    try {
      const bytes = read(position, end);
      if (bytes instanceof Uint8Array) return counted(bytes);
      return bytes.then(counted, (error) => Promise.reject(unreadable(error)));
    } catch (error) {
      throw unreadable(error);
    }
  };
  return {
    size: size === 0 ? null : size,
    modified: modified === null ? null : modifiedText(modified),
    bytes: new Peekable(inChunks(size, readAt)),
    readAt: size === 0 ? null : readAt,
    bytesRead: () => total,
    close: async () => {},
  };
}

async function* inChunks(
  size: number,
  readAt: (position: number, length: number) => Uint8Array | Promise<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  for (let at = 0; at < size; ) {
    const chunk = await readAt(at, CHUNK_BYTES);
    if (chunk.length === 0)
      throw new ParseError({
        code: "truncated",
        offset: at,
        expected: `a source of ${size} bytes, as it says`,
        found: `its end after ${at}`,
      });
    at += chunk.length;
    yield chunk;
  }
}

/** As `modified` of a report has it: whole seconds, UTC. Null beyond the years that ISO 8601 writes with four digits. */
function modifiedText(milliseconds: number): string | null {
  const time = new Date(Math.floor(milliseconds / 1000) * 1000);
  const year = time.getUTCFullYear();
  return year >= 0 && year <= 9999 ? time.toISOString().replace(".000Z", "Z") : null;
}
