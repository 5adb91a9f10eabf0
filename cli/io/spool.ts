/** Keeps text that comes before the text in front of it is known. */
import { Buffer } from "node:buffer";
import { createReadStream } from "node:fs";
import { tmpdir } from "node:os";
import type { Room } from "../../report/render/spool.ts";
import { TemporaryFile } from "./temporary-file.ts";
import { attempt, WriteError } from "./write-file.ts";

/** Characters that all spools of a room keep in memory; the rest goes to a file. */
const MAX_HELD_LENGTH = 256 * 1024;
/** Mode of the file: reports name customers' machines, so only the owner may read it. */
const ONLY_OWNER = 0o600;

/** A range of bytes in the file of the room; `end` is not included. */
interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Text of any length in little memory: most of it waits in a temporary file, which removes itself. */
export class Spool {
  readonly #room: SpoolRoom;
  #held: string[] = [];
  #heldLength = 0;
  #stretches: Stretch[] = [];

  /** Spools of one room share its memory and its file, and may be drained in any order. */
  constructor(room: SpoolRoom = new SpoolRoom()) {
    this.#room = room;
  }

  /** Throws WriteError where the disk is full. */
  append(text: string): void {
    this.#held.push(text);
    this.#heldLength += text.length;
    this.#room.hold(this, text.length);
  }

  /** Writes everything in order; the spool is empty then. */
  async drain(write: (text: string) => Promise<void>): Promise<void> {
    for (const stretch of this.#stretches)
      for await (const chunk of this.#room.read(stretch)) await write(String(chunk));
    this.#stretches = [];
    const length = this.#heldLength;
    const rest = this.#takeHeld();
    this.#room.leave(this, length);
    if (rest !== "") await write(rest);
  }

  /** Called by the room: moves the text in memory to the file. */
  spill(store: (text: string) => Stretch): void {
    const { start, end } = store(this.#takeHeld());
    const last = this.#stretches.at(-1);
    // What nobody else wrote in between is read in one go.
    if (last?.end === start) this.#stretches[this.#stretches.length - 1] = { start: last.start, end };
    else this.#stretches.push({ start, end });
  }

  #takeHeld(): string {
    const text = this.#held.join("");
    this.#held = [];
    this.#heldLength = 0;
    return text;
  }
}

/** Memory and file that several spools share. */
export class SpoolRoom implements Room {
  readonly #maxHeldLength: number | null;
  readonly #holding = new Set<Spool>();
  readonly #stored = new Set<Spool>();
  #heldLength = 0;
  #file: TemporaryFile | null = null;
  #fileLength = 0;

  /**
   * With `maxHeldLength` nothing goes to a file, and more characters than that are refused: for threads, whose temporary
   * files no signal takes away.
   */
  constructor(maxHeldLength: number | null = null) {
    this.#maxHeldLength = maxHeldLength;
  }

  newSpool(): Spool {
    return new Spool(this);
  }

  /** Called where `spool` takes `length` more characters. Throws WriteError. */
  hold(spool: Spool, length: number): void {
    this.#holding.add(spool);
    this.#heldLength += length;
    if (this.#heldLength <= (this.#maxHeldLength ?? MAX_HELD_LENGTH)) return;
    if (this.#maxHeldLength !== null)
      throw new WriteError(`More than ${this.#maxHeldLength} characters would have to wait.`);
    for (const one of this.#holding) {
      one.spill((text) => this.#store(text));
      this.#stored.add(one);
    }
    this.#holding.clear();
    this.#heldLength = 0;
  }

  read({ start, end }: Stretch): AsyncIterable<unknown> {
    return createReadStream(this.#file?.path ?? "", { start, end: end - 1, encoding: "utf8" });
  }

  /** Called where `spool`, with its `length` characters, is empty. The file is removed with the last spool. */
  leave(spool: Spool, length: number): void {
    this.#heldLength -= length;
    this.#holding.delete(spool);
    this.#stored.delete(spool);
    if (this.#stored.size === 0) this.discard();
  }

  /** Drops everything: nobody will read it. */
  discard(): void {
    this.#file?.discard();
    this.#file = null;
    this.#fileLength = 0;
  }

  #store(text: string): Stretch {
    const folder = tmpdir();
    const bytes = Buffer.from(text);
    attempt(`A temporary file in ${folder}`, () => {
      this.#file ??= new TemporaryFile(folder, ONLY_OWNER);
      this.#file.write(bytes);
    });
    const start = this.#fileLength;
    this.#fileLength += bytes.length;
    return { start, end: this.#fileLength };
  }
}
