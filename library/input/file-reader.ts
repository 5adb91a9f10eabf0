/** An ExactReader over a file: bytes that are skipped are not read. */

import type { ExactReader } from "./chunks.ts";
import type { SeekableBytes } from "./source.ts";

export class FileReader implements Pick<ExactReader, "position" | "take" | "pass" | "close"> {
  position = 0;
  private readonly file: SeekableBytes;

  constructor(file: SeekableBytes) {
    this.file = file;
  }

  async take(length: number): Promise<Uint8Array> {
    const bytes = await this.file.readAt(this.position, this.within(length));
    this.position += bytes.length;
    return bytes;
  }

  async pass(length: number): Promise<number> {
    const passed = this.within(length);
    this.position += passed;
    return passed;
  }

  /** Does nothing: the caller that opened the file closes it. */
  async close(): Promise<void> {}

  private within(length: number): number {
    return Math.min(length, Math.max(0, this.file.size - this.position));
  }
}
