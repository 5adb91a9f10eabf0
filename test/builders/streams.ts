/** Streams of bytes, and what comes out of them. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concatBytes } from "../../parsers/bytes.ts";
import { ParseError } from "../../parsers/errors.ts";

/** Gives `bytes` in pieces and counts how many were asked for. */
export class Pieces implements AsyncIterable<Uint8Array> {
  given = 0;
  isClosed = false;
  private readonly bytes: Uint8Array;
  private readonly size: number;

  constructor(bytes: Uint8Array, size = 65_536) {
    this.bytes = bytes;
    this.size = size;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let at = 0; at < this.bytes.length; at += this.size) {
        const piece = this.bytes.subarray(at, at + this.size);
        this.given += piece.length;
        yield piece;
      }
    } finally {
      this.isClosed = true;
    }
  }
}

export interface Outcome {
  readonly bytes: Uint8Array;
  readonly error: ParseError | null;
}

/** All that a stream gives, and the ParseError that ends it; other errors are thrown. */
export async function drain(stream: AsyncIterable<Uint8Array>): Promise<Outcome> {
  const parts: Uint8Array[] = [];
  try {
    for await (const part of stream) parts.push(part);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { bytes: concatBytes(parts), error };
  }
  return { bytes: concatBytes(parts), error: null };
}

/** The ParseError that a promise ends with. */
export async function parseErrorOf(promise: Promise<unknown>): Promise<ParseError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  throw new Error("no ParseError was thrown");
}

/** Runs `use` with a folder that is gone afterwards. */
export async function withFolder<T>(use: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "varscope-test-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const NOBODY = 65_534;

/** Root may read and write everything: then `use` runs as another user. The process must not be a thread. */
export async function withoutPrivileges<T>(use: () => Promise<T>): Promise<T> {
  if (process.geteuid?.() !== 0) return use();
  process.seteuid?.(NOBODY);
  try {
    return await use();
  } finally {
    process.seteuid?.(0);
  }
}
