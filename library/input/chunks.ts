import { concatBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";

/** Bytes of one read where only the head of a file may be needed. */
export const CHUNK_BYTES = 65_536;
/** Bytes of one read where a whole file is needed: fewer calls. */
export const BULK_CHUNK_BYTES = 1_048_576; // 1 MiB

/** Shorter pieces are joined: a piece costs about 200 bytes of memory, and a stream may consist of pieces of one byte. */
const SHORT_PIECE_BYTES = 4096;

/** The same bytes, with short pieces joined. Bytes from before an error are given out before the error is thrown. */
export async function* coalesced(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  let row = new Uint8Array(0);
  let filled = 0;
  try {
    for await (const piece of source) {
      const isShort = piece.length < SHORT_PIECE_BYTES;
      if (filled > 0 && (!isShort || filled + piece.length > row.length)) {
        yield row.subarray(0, filled);
        filled = 0;
      }
      if (!isShort) {
        yield piece;
        continue;
      }
      // A piece that was given out belongs to its reader: it is not changed any more.
      if (filled === 0) row = new Uint8Array(CHUNK_BYTES);
      row.set(piece, filled);
      filled += piece.length;
    }
  } catch (error) {
    if (filled > 0) yield row.subarray(0, filled);
    throw error;
  }
  if (filled > 0) yield row.subarray(0, filled);
}

/** A stream of bytes whose beginning can be looked at before it is read. It can be iterated once. */
export class Peekable implements AsyncIterable<Uint8Array> {
  private readonly source: AsyncIterator<Uint8Array>;
  private readonly waiting: Uint8Array[] = [];
  private ended = false;
  private caught: { readonly reason: unknown } | null = null;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** The error with which the stream ended; null as long as there is none. */
  get failure(): unknown {
    return this.caught?.reason ?? null;
  }

  /** The first `length` bytes, fewer if the stream is shorter. Throws only where the stream fails before its first byte. */
  async head(length: number): Promise<Uint8Array> {
    let have = this.waiting.reduce((sum, chunk) => sum + chunk.length, 0);
    while (have < length) {
      const chunk = await this.fetch();
      if (chunk === null) break;
      this.waiting.push(chunk);
      have += chunk.length;
    }
    if (have === 0 && this.caught !== null) throw this.caught.reason;
    const [first] = this.waiting;
    const whole = this.waiting.length === 1 && first !== undefined ? first : concatBytes(this.waiting);
    return whole.subarray(0, length);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        const chunk = this.waiting.shift() ?? (await this.fetch());
        if (chunk === null) break;
        yield chunk;
      }
      if (this.caught !== null) throw this.caught.reason;
    } finally {
      await this.close();
    }
  }

  async close(): Promise<void> {
    await this.source.return?.();
  }

  private async fetch(): Promise<Uint8Array | null> {
    if (this.ended) return null;
    try {
      const result = await this.source.next();
      if (!result.done) return result.value;
    } catch (reason) {
      this.caught = { reason };
    }
    this.ended = true;
    return null;
  }
}

/** A stream that a second reader can go on with where the first one stopped. It does not close the stream. */
export class Resumable implements AsyncIterable<Uint8Array> {
  private readonly source: AsyncIterator<Uint8Array>;
  private last: Uint8Array = new Uint8Array(0);
  private given = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return { next: () => this.next() };
  }

  /** The bytes from `offset` on, which must lie in the last piece that was given out, or behind it. */
  async *from(offset: number): AsyncGenerator<Uint8Array, void, undefined> {
    let skipped = offset - (this.given - this.last.length);
    for (;;) {
      const { last } = this;
      if (skipped < last.length) yield last.subarray(skipped);
      skipped = Math.max(0, skipped - last.length);
      if ((await this.next()).done) return;
    }
  }

  private async next(): Promise<IteratorResult<Uint8Array>> {
    const result = await this.source.next();
    if (!result.done) {
      this.last = result.value;
      this.given += result.value.length;
    }
    return result;
  }
}

/** Takes exact numbers of bytes from a stream. */
export class ExactReader {
  /** Bytes taken so far: the offset of what comes next. */
  position = 0;
  private readonly source: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array(0);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.source = source[Symbol.asyncIterator]();
  }

  /** The next `length` bytes if they are there already; null if more has to be read first. */
  ready(length: number): Uint8Array | null {
    if (this.rest.length < length) return null;
    const part = this.rest.subarray(0, length);
    this.rest = this.rest.subarray(length);
    this.position += length;
    return part;
  }

  /** The next `length` bytes; fewer only at the end of the stream. */
  async take(length: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    let missing = length;
    while (missing > 0) {
      if (this.rest.length === 0) {
        const result = await this.source.next();
        if (result.done) break;
        this.rest = result.value;
      }
      const part = this.rest.subarray(0, missing);
      this.rest = this.rest.subarray(part.length);
      missing -= part.length;
      parts.push(part);
    }
    this.position += length - missing;
    const [first] = parts;
    return parts.length === 1 && first !== undefined ? first : concatBytes(parts);
  }

  /** As `take`, but throws ParseError `truncated` where the stream ends before `length` bytes. `what` names them in the message. */
  async need(length: number, what: string): Promise<Uint8Array> {
    const start = this.position;
    const bytes = await this.take(length);
    if (bytes.length < length) {
      throw new ParseError({
        code: "truncated",
        offset: start + bytes.length,
        expected: `${length} bytes of ${what} from byte ${start} on`,
        found: `the end after ${bytes.length}`,
        next: "The file is cut: fetch it again.",
      });
    }
    return bytes;
  }

  /** As `need`, but drops the bytes. */
  async skip(length: number, what: string): Promise<void> {
    for (let left = length; left > 0; left -= CHUNK_BYTES) await this.need(Math.min(left, CHUNK_BYTES), what);
  }

  /** Drops `length` bytes, fewer only at the end of the stream. Returns how many. */
  async pass(length: number): Promise<number> {
    const start = this.position;
    for (let left = length; left > 0; left = length - (this.position - start))
      if ((await this.take(Math.min(left, CHUNK_BYTES))).length === 0) break;
    return this.position - start;
  }

  async close(): Promise<void> {
    await this.source.return?.();
  }
}
