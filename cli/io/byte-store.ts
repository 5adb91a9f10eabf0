/** Bytes that wait until they are written: so many in memory, the rest in a temporary file that goes away by itself. */
import { closeSync, openSync, readSync } from "node:fs";
import { tmpdir } from "node:os";
import { TemporaryFile } from "./temporary-file.ts";
import { attempt, WriteError } from "./write-file.ts";

/** Bytes that wait in memory. */
export const MAX_HELD_BYTES = 33_554_432; // 32 MiB
/** They name customers' machines. */
const ONLY_OWNER = 0o600;

/** Where bytes are kept. */
export interface Kept {
  readonly start: number;
  readonly length: number;
  /** Null where they wait in the file. */
  readonly bytes: Uint8Array | null;
}

export class ByteStore {
  readonly #maxHeld: number;
  #held = 0;
  #file: TemporaryFile | null = null;
  #fileLength = 0;
  #descriptor: number | null = null;

  constructor(maxHeld = MAX_HELD_BYTES) {
    this.#maxHeld = maxHeld;
  }

  /** Throws WriteError where there is no room for what waits. */
  put(bytes: Uint8Array): Kept {
    const { length } = bytes;
    if (this.#held + length <= this.#maxHeld) {
      this.#held += length;
      return { start: 0, length, bytes };
    }
    const folder = tmpdir();
    attempt(`A temporary file in ${folder}`, () => {
      this.#file ??= new TemporaryFile(folder, ONLY_OWNER);
      this.#file.write(bytes);
    });
    const start = this.#fileLength;
    this.#fileLength += length;
    return { start, length, bytes: null };
  }

  /** Throws WriteError where the file is gone. */
  get({ start, length, bytes }: Kept): Uint8Array {
    if (bytes !== null) return bytes;
    const read = new Uint8Array(length);
    const path = this.#file?.path ?? "";
    attempt(path, () => {
      this.#descriptor ??= openSync(path, "r");
      for (let at = 0; at < length; ) {
        const got = readSync(this.#descriptor, read, at, length - at, start + at);
        if (got === 0) throw new WriteError("The temporary file with the results was cut. Run it again.");
        at += got;
      }
    });
    return read;
  }

  discard(): void {
    if (this.#descriptor !== null) closeSync(this.#descriptor);
    this.#descriptor = null;
    this.#file?.discard();
    this.#file = null;
  }
}
