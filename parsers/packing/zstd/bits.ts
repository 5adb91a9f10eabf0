import { corrupt } from "./corrupt.ts";

/**
 * Bits from the end of a range to its start, as FSE and Huffman streams are read (RFC 8878 §4.1). The highest
 * set bit of the last byte marks where they begin. Two bytes after the range must be readable: callers pass
 * a padded buffer, so that no read leaves it.
 */
export class ReverseBits {
  /** Bits not read yet. Below zero once more were asked for than there are; those read as zero. */
  left: number;
  private readonly bytes: Uint8Array;
  private readonly start: number;

  /** Throws ParseError `corrupt-compression` where the mark is missing. */
  constructor(bytes: Uint8Array, start: number, end: number) {
    const last = end > start ? bytes[end - 1]! : 0;
    if (last === 0) throw corrupt("a bit stream with its end mark", end > start ? "a zero byte" : "nothing");
    this.bytes = bytes;
    this.start = start;
    this.left = 8 * (end - start) - 1 - Math.clz32(last) + 24;
  }

  /** The next `count` bits, 0 to 16 of them. */
  peek(count: number): number {
    const low = this.left - count;
    if (low < 0) return this.left <= 0 ? 0 : (this.bits(0) & ((1 << this.left) - 1)) << -low;
    return this.bits(low) & ((1 << count) - 1);
  }

  /** Takes 0 to 31 bits. */
  read(count: number): number {
    if (count > 16) return this.read(count - 16) * 0x10000 + this.read(16);
    const value = this.peek(count);
    this.left -= count;
    return value;
  }

  private bits(from: number): number {
    const at = this.start + (from >> 3);
    return (this.bytes[at]! | (this.bytes[at + 1]! << 8) | (this.bytes[at + 2]! << 16)) >>> (from & 7);
  }
}
