/**
 * The blocks of one disk, in the arithmetic of the importer (xapi ocaml/xapi/stream_vdi.ml, recv_all_vdi): numbers
 * only grow, a gap stands for blocks of zeros, and lengths add up, so that an empty block shifts the rest.
 */
import type { OvaDisk } from "./ova-disks.ts";
import type { ProblemList, XvaProblemCode } from "./problems.ts";

/** stream_vdi.ml, chunk_size */
export const XVA_BLOCK_BYTES = 1_048_576;

export interface XvaDisk {
  /** `Ref:` and a number, as in ova.xml. */
  readonly id: string;
  readonly uuid: string | null;
  readonly nameLabel: string | null;
  /** Null where ova.xml does not tell it. */
  readonly virtualBytes: number | null;
  readonly blocks: number;
  /** Blocks without content, which the exporter writes to keep a slow connection open (CA-39291). */
  readonly emptyBlocks: number;
  readonly storedBytes: number;
  /** How far blocks and the gaps between them reach. */
  readonly reachedBytes: number;
}

export interface Block {
  readonly name: string;
  readonly number: number;
  readonly bytes: number;
  readonly offset: number;
}

export class DiskCheck {
  readonly id: string;
  private readonly disk: OvaDisk | null;
  private readonly problems: ProblemList;
  private last: Block | null = null;
  private blocks = 0;
  private emptyBlocks = 0;
  private storedBytes = 0;
  private reachedBytes = 0;
  private isPastEnd = false;

  constructor(id: string, disk: OvaDisk | null, problems: ProblemList) {
    this.id = id;
    this.disk = disk;
    this.problems = problems;
  }

  add(block: Block): void {
    const lastNumber = this.last?.number ?? -1;
    this.checkPlace(block, lastNumber);
    this.checkLength(block);
    this.blocks++;
    if (block.bytes === 0) this.emptyBlocks++;
    this.storedBytes += block.bytes;
    const skipped = Math.max(0, block.number - lastNumber - 1);
    this.reachedBytes += skipped * XVA_BLOCK_BYTES + block.bytes;
    this.last = block;
  }

  finish(): XvaDisk {
    const { id, last, blocks, emptyBlocks, storedBytes, reachedBytes } = this;
    const virtualBytes = this.disk?.virtualBytes ?? null;
    if (last !== null && virtualBytes !== null && reachedBytes < virtualBytes) {
      const message = `the disk has ${virtualBytes} bytes, its blocks reach ${reachedBytes}: the last ones are missing`;
      this.report("last-block-missing", last, message);
    }
    const { uuid = null, nameLabel = null } = this.disk ?? {};
    return { id, uuid, nameLabel, virtualBytes, blocks, emptyBlocks, storedBytes, reachedBytes };
  }

  private checkPlace(block: Block, lastNumber: number): void {
    if (this.last === null && block.number !== 0)
      this.report(
        "first-block-missing",
        block,
        `the first block of a disk is 0, this one is ${block.number}`,
      );
    if (block.number <= lastNumber)
      this.report("block-order", block, `block ${block.number} follows block ${lastNumber}`);
    const virtualBytes = this.disk?.virtualBytes ?? null;
    if (virtualBytes === null || this.reachedBytes < virtualBytes || this.last === null) return;
    if (!this.isPastEnd)
      this.report(
        "block-after-end",
        block,
        `the disk has ${virtualBytes} bytes, which are complete before it`,
      );
    this.isPastEnd = true;
  }

  /** Only the last block of a disk may be short, which the next one shows. */
  private checkLength(block: Block): void {
    if (block.bytes > XVA_BLOCK_BYTES)
      this.report("block-length", block, `the block has ${block.bytes} bytes, more than ${XVA_BLOCK_BYTES}`);
    const { last } = this;
    if (last === null || last.bytes === 0 || last.bytes >= XVA_BLOCK_BYTES) return;
    const message = `the block has ${last.bytes} bytes and others follow: only the last one of a disk may be short`;
    this.report("block-length", last, message);
  }

  private report(code: XvaProblemCode, { name, offset }: Block, message: string): void {
    this.problems.add({ code, member: name, offset, message });
  }
}
