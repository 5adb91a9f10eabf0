/** Edits as data: which bytes go, which come in their place. Everything else stays as it is, byte for byte. */
import { concatBytes } from "../bytes.ts";

/** `start` and `end` are bytes of the source, half-open; equal ones insert. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
}

/** Applies splices to a source that comes in pieces of any size, so that it need not stand in memory. */
export class Splicer {
  private readonly splices: readonly Splice[];
  private next = 0;
  private position = 0;

  /** Throws TypeError where two splices overlap: whoever made them would not get what it asked for. */
  constructor(splices: readonly Splice[]) {
    this.splices = splices.toSorted((a, b) => a.start - b.start || a.end - b.end);
    this.splices.forEach(({ start, end }, i) => {
      const before = this.splices[i - 1]?.end ?? 0;
      if (start < before || end < start) throw new TypeError(`splice ${start}..${end} overlaps another`);
    });
  }

  /** What to put out for the next piece of the source: views of it, and new bytes. */
  push(piece: Uint8Array): Uint8Array[] {
    const out: Uint8Array[] = [];
    const pieceStart = this.position;
    const pieceEnd = pieceStart + piece.length;
    while (this.position < pieceEnd) {
      const splice = this.splices[this.next];
      if (splice === undefined || splice.start >= pieceEnd) {
        out.push(piece.subarray(this.position - pieceStart));
        this.position = pieceEnd;
        break;
      }
      if (splice.start > this.position) {
        out.push(piece.subarray(this.position - pieceStart, splice.start - pieceStart));
      }
      const end = Math.min(splice.end, pieceEnd);
      this.position = Math.max(this.position, end);
      if (splice.end > pieceEnd) break;
      out.push(splice.bytes);
      this.next++;
    }
    return out;
  }

  /** What is inserted at the very end. Throws RangeError where the source ended before a splice did. */
  finish(): Uint8Array[] {
    const rest = this.splices.slice(this.next);
    const beyond = rest.find(({ start, end }) => start !== this.position || end !== this.position);
    if (beyond !== undefined) {
      throw new RangeError(`splice ${beyond.start}..${beyond.end} of a source of ${this.position} bytes`);
    }
    return rest.map(({ bytes }) => bytes);
  }
}

/** The same for a source that is there as a whole. Throws as `Splicer` does. */
export function applySplices(source: Uint8Array, splices: readonly Splice[]): Uint8Array {
  const splicer = new Splicer(splices);
  return concatBytes([...splicer.push(source), ...splicer.finish()]);
}
