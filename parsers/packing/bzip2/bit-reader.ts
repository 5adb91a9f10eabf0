/** The bits of a bzip2 stream, the highest of each byte first. Behind the end stand zeros, which `checkEnd` tells. */
import { truncatedBzip2 } from "./corrupt.ts";

/** What may be looked at, or taken, at once. */
export const MAX_BITS = 24;

export class BitReader {
  private readonly bytes: Uint8Array;
  private at = 0;
  /** Its lowest `count` bits are the next ones. */
  private buffer = 0;
  private count = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** Bits taken so far. */
  get position(): number {
    return this.at * 8 - this.count;
  }

  /** The next bits, without taking them; 24 at most. */
  peek(bits: number): number {
    while (this.count <= MAX_BITS) {
      this.buffer = ((this.buffer << 8) | (this.bytes[this.at++] ?? 0)) >>> 0;
      this.count += 8;
    }
    return (this.buffer >>> (this.count - bits)) & ((1 << bits) - 1);
  }

  /** Takes bits that were looked at. */
  drop(bits: number): void {
    this.count -= bits;
  }

  take(bits: number): number {
    const value = this.peek(bits);
    this.count -= bits;
    return value;
  }

  /** 32 bits, as an unsigned number. */
  takeWord(): number {
    const high = this.take(16);
    return high * 0x1_0000 + this.take(16);
  }

  /** Lets the rest of a byte pass. */
  align(): void {
    this.count -= this.count % 8;
  }

  /** Throws ParseError `truncated` where more was taken, or looked at, than there is. */
  checkEnd(lookedAt = 0): void {
    if (this.position + lookedAt > this.bytes.length * 8) throw truncatedBzip2();
  }
}
