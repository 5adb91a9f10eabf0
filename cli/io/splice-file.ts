/** An input copied as a stream, with splices: everything else byte for byte, in memory that does not depend on its size. */

import { statSync } from "node:fs";
import { BULK_CHUNK_BYTES } from "../../library/input/chunks.ts";
import { plainBytes } from "../../library/unpack/decompress.ts";
import { ExpansionGuard } from "../../library/unpack/expansion-guard.ts";
import { ParseError } from "../../parsers/errors.ts";
import { type Splice, Splicer } from "../../parsers/text/splice.ts";
import { nodeMachine } from "../../platform/node/machine.ts";
import { openSource } from "./byte-source.ts";

/** Bytes that were read before and must still be there. */
export interface Expected {
  readonly start: number;
  readonly bytes: Uint8Array;
}

/** Is told the size of the file, null where it is not known, and how much was read; returns what ends it. */
export type ReadingWatcher = (total: number | null, done: () => number) => () => void;

/** Makes new pieces of those that it is fed. */
export interface Rewriter {
  readonly push: (piece: Uint8Array) => readonly Uint8Array[];
  readonly finish: () => readonly Uint8Array[];
}

/**
 * The file at `path`, decompressed, with `splices` applied; their places are those of the decompressed bytes. Throws
 * ParseError as reading and decompressing do, and `read-failed` where `expected` is no longer what the file holds.
 */
export function splicedFile(
  path: string,
  splices: readonly Splice[],
  expected: Expected,
  watch?: ReadingWatcher,
): AsyncGenerator<Uint8Array, void, undefined> {
  const splicer = new Splicer(splices);
  let position = 0;
  const push = (piece: Uint8Array): readonly Uint8Array[] => {
    compare(piece, position, expected);
    position += piece.length;
    return splicer.push(piece);
  };
  return rewrittenFile(path, { push, finish: () => splicer.finish() }, watch);
}

/** The file at `path`, decompressed, as `rewriter` makes it anew. Throws as that does, and ParseError as reading and decompressing do. */
export async function* rewrittenFile(
  path: string,
  rewriter: Rewriter,
  watch: ReadingWatcher = () => () => {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const before = stateOf(path);
  const source = await openSource(path, undefined, BULK_CHUNK_BYTES);
  // It was opened before, and is a stream from here on.
  const guard = new ExpansionGuard();
  guard.allowSparse();
  const stop = watch(source.size, source.bytesRead);
  let position = 0;
  try {
    for await (const chunk of readAhead(await plainBytes(source.bytes, nodeMachine.makeInflater, guard))) {
      position += chunk.length;
      yield* rewriter.push(chunk);
    }
    yield* rewriter.finish();
    if (stateOf(path) !== before) throw changed(position, "another size or time of the file");
  } finally {
    stop();
    await source.close();
  }
}

/** The next piece is read, by another thread, while somebody is busy with the last one. */
async function* readAhead(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
  const pieces = source[Symbol.asyncIterator]();
  const fetch = async (): Promise<IteratorResult<Uint8Array> | { readonly reason: unknown }> => {
    try {
      return await pieces.next();
    } catch (reason) {
      return { reason };
    }
  };
  try {
    for (let next = fetch(); ; ) {
      const result = await next;
      if ("reason" in result) throw result.reason;
      if (result.done) return;
      next = fetch();
      yield result.value;
    }
  } finally {
    await pieces.return?.();
  }
}

function compare(chunk: Uint8Array, position: number, { start, bytes }: Expected): void {
  const from = Math.max(position, start);
  const to = Math.min(position + chunk.length, start + bytes.length);
  for (let at = from; at < to; at++) {
    if (chunk[at - position] === bytes[at - start]) continue;
    throw changed(at, "others");
  }
}

/** Size and times: what tells that somebody wrote to the file while it was copied. */
function stateOf(path: string): string {
  const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true });
  return [dev, ino, size, mtimeNs].join();
}

function changed(offset: number, found: string): ParseError {
  return new ParseError({
    code: "read-failed",
    offset,
    expected: "the bytes that were there when the repair was planned",
    found,
    next: "The file was changed while it was read: wait until nothing writes to it.",
  });
}
