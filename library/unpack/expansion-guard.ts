/** Protects against decompression bombs. */
import { ParseError } from "../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";

/** Counts bytes in and out of a decompressor, and throws where they are out of proportion. */
export class ExpansionGuard {
  private consumed = 0;
  private produced = 0;
  private sparseBytes = 0;

  /**
   * From now on the reader drops the bytes (memory of a suspended VM, disks), which may be zeros for gigabytes: only the time has
   * to be bounded then.
   */
  allowSparse(): void {
    this.sparseBytes = PARSER_LIMITS.maxSparseBytes;
  }

  /** Throws ParseError `over-limit` where much input gives nothing. */
  consume(bytes: number): void {
    this.consumed += bytes;
    const { maxCompressionOverheadBytes } = PARSER_LIMITS;
    if (this.consumed - this.produced > maxCompressionOverheadBytes) {
      throw new ParseError({
        code: "over-limit",
        expected: `compressed data with up to ${maxCompressionOverheadBytes} bytes more than its content`,
        found: `${this.consumed} bytes that give ${this.produced}`,
        next: "No export looks like this: the file is damaged, or made to keep its reader busy.",
      });
    }
  }

  /** Throws ParseError `over-limit` where the output is out of proportion. */
  produce(bytes: number): void {
    this.produced += bytes;
    const { maxCompressionRatio, compressionRatioFloorBytes } = PARSER_LIMITS;
    const limit = this.consumed * maxCompressionRatio + this.sparseBytes;
    if (this.produced > compressionRatioFloorBytes && this.produced > limit) {
      const more = this.sparseBytes === 0 ? "" : `, and ${this.sparseBytes} bytes more`;
      throw new ParseError({
        code: "over-limit",
        expected: `a decompressed size up to ${maxCompressionRatio} times the compressed one${more}`,
        found: `${this.produced} bytes out of ${this.consumed}, a decompression bomb`,
        next: "If you trust the file, decompress it yourself and analyze the result.",
      });
    }
  }
}
