/** Lines of a text that comes in pieces; of a long one the beginning. */
import { PARSER_LIMITS } from "../limits.ts";
import { decodeLatin1 } from "../text/text-encoding.ts";

const NEWLINE = 10;
const CARRIAGE_RETURN = "\r";

export class LineReader {
  private readonly take: (line: string, number: number) => void;
  /** The beginning of a line that is not complete yet. */
  private rest = "";
  private number = 0;

  /** `take` gets each line without its end, and its number from 1. */
  constructor(take: (line: string, number: number) => void) {
    this.take = take;
  }

  feed(piece: Uint8Array): void {
    for (let from = 0; from < piece.length; ) {
      const newline = piece.indexOf(NEWLINE, from);
      const to = newline < 0 ? piece.length : newline;
      const room = PARSER_LIMITS.maxHostLineBytes - this.rest.length;
      if (room > 0) this.rest += decodeLatin1(piece.subarray(from, Math.min(to, from + room)));
      if (newline < 0) return;
      this.finish();
      from = to + 1;
    }
  }

  /** The last line need not have an end. */
  end(): void {
    if (this.rest !== "") this.finish();
  }

  private finish(): void {
    const line = this.rest.endsWith(CARRIAGE_RETURN) ? this.rest.slice(0, -1) : this.rest;
    this.rest = "";
    this.number++;
    this.take(line, this.number);
  }
}
