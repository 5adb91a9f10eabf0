/** Walks an archive that comes in pieces of any size, and goes on behind what is no member. */
import { concatBytes, isAllZero } from "../bytes.ts";
import { readTarHeader, TAR_BLOCK_BYTES, type TarHeader, tarPadding } from "./tar.ts";

/** Offsets are bytes of the archive. */
export interface TarVisitor {
  /** False where the header is not to be believed: then the next one is looked for in what follows. */
  readonly member: (header: TarHeader, offset: number) => boolean;
  /** A part of the last member's data. */
  readonly data: (bytes: Uint8Array) => void;
  readonly memberEnd: () => void;
  /** What stands where a header should, up to the next one or the end. */
  readonly garbage: (offset: number, bytes: number) => void;
}

/** How an archive ends. */
export interface TarEnd {
  readonly bytes: number;
  /** Of the first of the two zero blocks; null where they are missing. */
  readonly endOffset: number | null;
  /** Bytes that the last member, or its padding, lacks. */
  readonly missingBytes: number;
  /** Of the first byte behind the zero blocks that is not zero. */
  readonly trailingOffset: number | null;
}

const END_BLOCKS = 2;

export class TarWalker {
  private readonly visitor: TarVisitor;
  private position = 0;
  /** The beginning of a block that is not complete yet. */
  private partial: Uint8Array = new Uint8Array(0);
  private dataLeft = 0;
  private paddingLeft = 0;
  private zeroBlocks = 0;
  private endOffset = 0;
  private garbageStart: number | null = null;
  private trailingOffset: number | null = null;

  constructor(visitor: TarVisitor) {
    this.visitor = visitor;
  }

  push(piece: Uint8Array): void {
    for (let rest = piece; rest.length > 0; ) rest = rest.subarray(this.step(rest));
  }

  finish(): TarEnd {
    if (this.garbageStart !== null) this.endGarbage(this.position + this.partial.length);
    const isEnded = this.zeroBlocks >= END_BLOCKS;
    return {
      bytes: this.position + this.partial.length,
      endOffset: isEnded ? this.endOffset : null,
      missingBytes: this.dataLeft + this.paddingLeft,
      trailingOffset: this.trailingOffset,
    };
  }

  /** Uses up a part of what is there, and says how much. */
  private step(rest: Uint8Array): number {
    if (this.dataLeft > 0) return this.takeData(rest);
    if (this.paddingLeft > 0) {
      const length = Math.min(this.paddingLeft, rest.length);
      this.paddingLeft -= length;
      this.position += length;
      return length;
    }
    if (this.zeroBlocks >= END_BLOCKS) return this.takeTrailing(rest);
    const missing = TAR_BLOCK_BYTES - this.partial.length;
    const part = rest.subarray(0, missing);
    const block = this.partial.length === 0 ? part : concatBytes([this.partial, part]);
    if (block.length < TAR_BLOCK_BYTES) {
      this.partial = block.slice();
      return part.length;
    }
    this.partial = new Uint8Array(0);
    this.takeBlock(block);
    return part.length;
  }

  private takeData(rest: Uint8Array): number {
    const bytes = rest.subarray(0, this.dataLeft);
    this.visitor.data(bytes);
    this.dataLeft -= bytes.length;
    this.position += bytes.length;
    if (this.dataLeft === 0) this.visitor.memberEnd();
    return bytes.length;
  }

  private takeTrailing(rest: Uint8Array): number {
    if (this.trailingOffset === null && !isAllZero(rest)) {
      this.trailingOffset = this.position + rest.findIndex((byte) => byte !== 0);
    }
    this.position += rest.length;
    return rest.length;
  }

  private takeBlock(block: Uint8Array): void {
    const offset = this.position;
    this.position += TAR_BLOCK_BYTES;
    if (isAllZero(block)) {
      if (this.zeroBlocks === 0) this.endOffset = offset;
      this.zeroBlocks++;
      if (this.zeroBlocks === END_BLOCKS && this.garbageStart !== null) this.endGarbage(this.endOffset);
      return;
    }
    // One block of zeros by itself ends nothing (POSIX asks for two): it is garbage like any other.
    if (this.zeroBlocks > 0) this.garbageStart ??= this.endOffset;
    this.zeroBlocks = 0;
    const header = readTarHeader(block);
    if (header === null) {
      this.garbageStart ??= offset;
      return;
    }
    if (this.garbageStart !== null) this.endGarbage(offset);
    if (!this.visitor.member(header, offset)) {
      this.garbageStart = offset;
      return;
    }
    this.dataLeft = Number(header.size);
    this.paddingLeft = tarPadding(this.dataLeft).length;
    if (this.dataLeft === 0) this.visitor.memberEnd();
  }

  private endGarbage(end: number): void {
    const start = this.garbageStart ?? end;
    this.garbageStart = null;
    this.visitor.garbage(start, end - start);
  }
}
