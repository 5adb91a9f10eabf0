/** Members of gzip (RFC 1952), or bare deflate, without zlib; what is damaged, cut or let pass is as Node has it. */

import { type Deflated, InflateFault, type Inflater } from "../../library/unpack/inflater.ts";
import { concatBytes, viewOf } from "../../parsers/bytes.ts";
import { crc32 } from "../../parsers/packing/crc32.ts";
import { Inflate } from "./inflate.ts";

export function portableInflater(kind: Deflated): Inflater {
  const steps = kind === "gzip" ? new GzipSteps() : new DeflateSteps();
  return {
    get isFinished() {
      return steps.isFinished;
    },
    write: async (slice) => steps.write(slice),
    finish: async () => {
      if (!steps.mayEndHere) throw new InflateFault(true);
      return [];
    },
    destroy: () => {},
  };
}

class DeflateSteps {
  readonly #inflate = new Inflate();

  get isFinished(): boolean {
    return this.#inflate.isDone;
  }

  get mayEndHere(): boolean {
    return this.#inflate.isDone;
  }

  write(slice: Uint8Array): readonly Uint8Array[] {
    return this.#inflate.push(slice);
  }
}

/** Flags of a header (§2.3.1). */
const HAS_CRC = 2;
const HAS_EXTRA = 4;
const HAS_NAME = 8;
const HAS_COMMENT = 16;
const RESERVED = 0xe0;
const FIXED_HEADER_BYTES = 10;
const DEFLATED = 8;

class GzipSteps {
  isFinished = false;
  /** Input that nobody has used yet. */
  #waiting: Uint8Array = new Uint8Array(0);
  #inflate: Inflate | null = null;
  #isBehindMember = false;
  #crc = 0;
  #bytes = 0;

  /** Between two members. */
  get mayEndHere(): boolean {
    return this.isFinished || (this.#isBehindMember && this.#inflate === null && this.#waiting.length === 0);
  }

  write(slice: Uint8Array): readonly Uint8Array[] {
    this.#waiting = this.#waiting.length === 0 ? slice : concatBytes([this.#waiting, slice]);
    const pieces: Uint8Array[] = [];
    while (this.#goOn(pieces));
    return pieces;
  }

  /** False where more input is needed, or none. */
  #goOn(pieces: Uint8Array[]): boolean {
    if (this.isFinished || this.#waiting.length === 0) return false;
    if (this.#inflate === null) return this.#enterMember();
    if (!this.#inflate.isDone) {
      for (const piece of this.#inflate.push(this.#waiting)) {
        this.#crc = crc32(piece, this.#crc);
        this.#bytes += piece.length;
        pieces.push(piece);
      }
      this.#waiting = this.#inflate.isDone ? this.#inflate.rest() : new Uint8Array(0);
      return true;
    }
    return this.#leaveMember();
  }

  #enterMember(): boolean {
    // Padding, and whatever may stand behind it.
    if (this.#isBehindMember && this.#waiting[0] === 0) {
      this.isFinished = true;
      return false;
    }
    const length = headerLength(this.#waiting);
    if (length === null) return false;
    this.#waiting = this.#waiting.subarray(length);
    this.#inflate = new Inflate();
    this.#crc = 0;
    this.#bytes = 0;
    // A header alone is a member that was cut.
    this.#isBehindMember = false;
    return true;
  }

  #leaveMember(): boolean {
    const trailer = this.#waiting;
    if (trailer.length >= 4 && viewOf(trailer).getUint32(0, true) !== this.#crc)
      throw new InflateFault(false);
    if (trailer.length < 8) return false;
    if (viewOf(trailer).getUint32(4, true) !== this.#bytes % 2 ** 32) throw new InflateFault(false);
    this.#waiting = trailer.subarray(8);
    this.#inflate = null;
    this.#isBehindMember = true;
    return true;
  }
}

/** Null where there is not all of it. Throws InflateFault for what is none. */
function headerLength(bytes: Uint8Array): number | null {
  if (bytes.length < 2) return null;
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) throw new InflateFault(false);
  if (bytes.length < 4) return null;
  const flags = bytes[3]!;
  if (bytes[2] !== DEFLATED || (flags & RESERVED) !== 0) throw new InflateFault(false);
  let at = FIXED_HEADER_BYTES;
  if ((flags & HAS_EXTRA) !== 0) {
    if (bytes.length < at + 2) return null;
    at += 2 + viewOf(bytes).getUint16(at, true);
  }
  for (const flag of [HAS_NAME, HAS_COMMENT]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end < 0) return null;
    at = end + 1;
  }
  if (bytes.length < at + ((flags & HAS_CRC) === 0 ? 0 : 2)) return null;
  if ((flags & HAS_CRC) === 0) return at;
  if (viewOf(bytes).getUint16(at, true) !== (crc32(bytes.subarray(0, at)) & 0xffff))
    throw new InflateFault(false);
  return at + 2;
}
