/**
 * Bytes as a terminal shows them: `hexdump -C`, `hexdump`, `xxd`, `xxd -p`, `od -x`, `od -t x1` and PowerShell's Format-Hex.
 * Offsets are checked: a dump out of which lines are missing is cut, not shorter.
 */
import { ParseError } from "../errors.ts";
import { PARSER_LIMITS } from "../limits.ts";

/** What a dump says before anything goes wrong, and what went wrong. */
export interface HexDump {
  readonly bytes: Uint8Array;
  readonly error: ParseError | null;
}

/** One line: where its bytes belong, as its digits say, and the bytes. */
interface DumpLine {
  readonly offset: string;
  readonly bytes: readonly number[];
}

/** `00000010  40 11 00 00  |@...|`, `0000020 56 41`, `00000010   40 11  @.`: an offset, then single bytes. */
const SINGLE = /^([0-9A-Fa-f]{6,16})[ \t]{1,4}((?:[0-9A-Fa-f]{2}(?=[\s|>]|$) {0,2}){1,16})/;
/** `00000010: 4011 0000 0000 0000  @.......`: groups of any width (xxd's -g and -c). Each can be split in one way only. */
const XXD = /^([0-9A-Fa-f]{6,16}): ((?:[0-9A-Fa-f]{2,} )*[0-9A-Fa-f]{2,})(?= |\t|$)/;
/** `0000010 4156 5352`: words of two bytes in the order of an x86 processor. */
const WORDS = /^([0-9A-Fa-f]{7,16})((?:[ \t]{1,4}[0-9A-Fa-f]{4}){1,16})[ \t]*$/;
const PLAIN = /^[0-9A-Fa-f]{2,256}$/;
/** The end of a dump: its length alone. */
const LENGTH = /^[0-9A-Fa-f]{6,16}:?[ \t]*$/;
const REPEATED = /^\*[ \t]*$/;
const MAX_LINE = 1024;

/** True where the first line of a dump begins with `start`; `text` is the beginning of an input. */
export function isHexDumpOf(text: string, start: Uint8Array): boolean {
  const bytes = firstBytes(text);
  return bytes !== null && start.every((byte, i) => bytes[i] === byte);
}

/** The bytes of the first line of a dump; null where there is none. */
export function firstBytes(text: string): readonly number[] | null {
  for (const { line } of linesOf(text)) {
    const read = readerOf(line)?.(line);
    if (read !== undefined && read !== null) return read.bytes;
  }
  return null;
}

interface TextLine {
  readonly line: string;
  /** From 1. */
  readonly number: number;
}

function* linesOf(text: string): Generator<TextLine, void, undefined> {
  let number = 1;
  for (let from = 0; from < text.length; number++) {
    const newline = text.indexOf("\n", from);
    const to = newline < 0 ? text.length : newline;
    const line = text.slice(from, Math.min(to, from + MAX_LINE));
    yield { line: line.endsWith("\r") ? line.slice(0, -1) : line, number };
    from = to + 1;
  }
}

type ReadLine = (line: string) => DumpLine | null;

/** How the lines of a dump are read whose first one this is: an offset of zero, or plain digits that are long enough. */
function readerOf(line: string): ReadLine | null {
  for (const read of [readXxd, readSingle, readWords]) {
    const found = read(line);
    if (found !== null && /^0+$/.test(found.offset)) return read;
  }
  return PLAIN.test(line) && line.length >= MIN_PLAIN && line.length % 2 === 0 ? readPlain : null;
}

const MIN_PLAIN = 40;

function readSingle(line: string): DumpLine | null {
  const match = SINGLE.exec(line);
  return match === null ? null : { offset: match[1] ?? "", bytes: bytesOf((match[2] ?? "").trimEnd()) };
}

function readXxd(line: string): DumpLine | null {
  const match = XXD.exec(line);
  if (match === null) return null;
  const digits = (match[2] ?? "").replaceAll(" ", "");
  return digits.length % 2 === 0 ? { offset: match[1] ?? "", bytes: bytesOf(digits) } : null;
}

function readWords(line: string): DumpLine | null {
  const match = WORDS.exec(line);
  if (match === null) return null;
  const bytes = bytesOf((match[2] ?? "").replaceAll(/\s/g, ""));
  const swapped = bytes.map((_byte, i) => bytes[i ^ 1] ?? 0);
  return { offset: match[1] ?? "", bytes: swapped };
}

function readPlain(line: string): DumpLine | null {
  return PLAIN.test(line) && line.length % 2 === 0 ? { offset: "", bytes: bytesOf(line) } : null;
}

function bytesOf(digits: string): number[] {
  const bytes: number[] = [];
  for (const [byte] of digits.matchAll(/[0-9A-Fa-f]{2}/g)) bytes.push(Number.parseInt(byte, 16));
  return bytes;
}

/** Reads the first dump of a text; what stands before and behind it, such as a prompt, is passed over. */
export function readHexDump(text: string): HexDump {
  const writer = new DumpWriter();
  let read: ReadLine | null = null;
  try {
    for (const { line, number } of linesOf(text)) {
      read ??= readerOf(line);
      if (read === null) continue;
      const found = read(line);
      if (found !== null) writer.take(found, number);
      else if (REPEATED.test(line)) writer.repeat();
      else if (LENGTH.test(line)) {
        writer.end(line.replace(/:?\s*$/, ""), number);
        break;
      } else if (line.trim() !== "") break;
    }
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { bytes: writer.bytes, error };
  }
  return { bytes: writer.bytes, error: null };
}

class DumpWriter {
  private out: Uint8Array = new Uint8Array(65_536);
  private length = 0;
  private radix: 8 | 16 = 16;
  private lines = 0;
  private last: readonly number[] = [];
  private isRepeated = false;

  get bytes(): Uint8Array {
    return this.out.subarray(0, this.length);
  }

  take({ offset, bytes }: DumpLine, number: number): void {
    if (offset !== "") {
      this.learnRadix(offset);
      this.fillTo(Number.parseInt(offset, this.radix), number);
    }
    this.append(bytes);
    this.last = bytes;
    this.lines++;
  }

  /** The line before stands there again until the next offset. */
  repeat(): void {
    this.isRepeated = this.last.length > 0;
  }

  /** The last line says how long the dump is: of an odd length, its last word has one byte too many. */
  end(offset: string, number: number): void {
    this.learnRadix(offset);
    const length = Number.parseInt(offset, this.radix);
    if (length === this.length - 1) this.length = length;
    else this.fillTo(length, number);
  }

  /** od counts in octal: the second line then is one that no hexadecimal count has. */
  private learnRadix(offset: string): void {
    if (this.lines !== 1 || this.isRepeated || Number.parseInt(offset, 16) === this.length) return;
    if (/^[0-7]+$/.test(offset) && Number.parseInt(offset, 8) === this.length) this.radix = 8;
  }

  private fillTo(offset: number, line: number): void {
    if (offset === this.length) {
      this.isRepeated = false;
      return;
    }
    const { maxBlobBytes } = PARSER_LIMITS;
    if (offset > maxBlobBytes) {
      throw new ParseError({
        code: "over-limit",
        expected: `a dump of up to ${maxBlobBytes} bytes`,
        found: `the offset ${offset} on line ${line}`,
        next: "No NVRAM is as large; check that this is the right file.",
      });
    }
    if (offset < this.length || !this.isRepeated) {
      throw new ParseError({
        code: "truncated",
        offset: this.length,
        expected: `the bytes from ${this.length} on`,
        found: `the offset ${offset} on line ${line}: lines of the dump are missing`,
        next: "Copy the whole dump, or better the file itself.",
      });
    }
    while (this.length < offset) this.append(this.last.slice(0, offset - this.length));
    this.isRepeated = false;
  }

  private append(bytes: readonly number[]): void {
    const needed = this.length + bytes.length;
    if (needed > this.out.length) {
      const grown = new Uint8Array(Math.max(needed, 2 * this.out.length));
      grown.set(this.bytes);
      this.out = grown;
    }
    this.out.set(bytes, this.length);
    this.length = needed;
  }
}
