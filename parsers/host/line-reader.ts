/** Lines of a text that comes in pieces; of a long one the beginning. */
import { PARSER_LIMITS } from "../limits.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** A line's end: of Unix, of Windows, of Windows sent as text once more (CR CR LF), of an old Mac. */
export const LINE_END: RegExp = /\r*\n|\r/;

/**
 * The first line's end decides what is counted. Where that is a CR alone, each CR ends a line, as on an old Mac. Elsewhere a CR inside a
 * line is a terminal's that writes the line anew, such as a prompt's: what stands before and behind it is read by itself, and both have
 * the number that an editor shows.
 */
export class LineReader {
  private readonly take: (line: string, number: number) => void;
  /** The beginning of a line that is not complete yet. */
  private rest = "";
  private number = 1;
  /** CRs behind which no byte is seen yet. */
  private returns = 0;
  private isPartTaken = false;
  /** Null before the first end of a line. */
  private isReturnAnEnd: boolean | null = null;

  /** `take` gets each line without its end, and its number from 1. */
  constructor(take: (line: string, number: number) => void) {
    this.take = take;
  }

  feed(piece: Uint8Array): void {
    let newline = piece.indexOf(NEWLINE);
    let carriage = piece.indexOf(CARRIAGE_RETURN);
    for (let from = 0; from < piece.length; ) {
      if (newline >= 0 && newline < from) newline = piece.indexOf(NEWLINE, from);
      if (carriage >= 0 && carriage < from) carriage = piece.indexOf(CARRIAGE_RETURN, from);
      const to = Math.min(newline < 0 ? piece.length : newline, carriage < 0 ? piece.length : carriage);
      if (to > from) {
        if (this.returns > 0) this.endAtReturn();
        const room = PARSER_LIMITS.maxHostLineBytes - this.rest.length;
        if (room > 0) this.rest += decodeLatin1(piece.subarray(from, Math.min(to, from + room)));
      }
      if (to === newline) this.endAtNewline();
      else if (to === carriage) this.returns++;
      from = to + 1;
    }
  }

  /** The last line need not have an end. */
  end(): void {
    if (this.rest !== "") this.finish();
  }

  private endAtNewline(): void {
    this.isReturnAnEnd ??= false;
    this.returns = 0;
    // Of a line that a CR has parted, the last part may be empty.
    if (this.rest !== "" || !this.isPartTaken) this.finish();
    this.isPartTaken = false;
    this.number++;
  }

  private endAtReturn(): void {
    if (this.rest !== "") this.isReturnAnEnd ??= true;
    this.finish();
    if (this.isReturnAnEnd === true) this.number += this.returns;
    else this.isPartTaken = true;
    this.returns = 0;
  }

  private finish(): void {
    const line = this.rest;
    this.rest = "";
    this.take(line, this.number);
  }
}
