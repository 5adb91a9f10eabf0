/**
 * The disk of an export that holds the image of its suspended VM, put together from blocks as the importer does it (xapi
 * ocaml/xapi/stream_vdi.ml, recv_all_vdi): blocks that are left out are zeros, lengths add up.
 */
import { SuspendImageWalker } from "../suspend-image/walker.ts";

const ZEROS: Uint8Array = new Uint8Array(4096);

export class SuspendDisk {
  readonly image: SuspendImageWalker = new SuspendImageWalker();
  private last = -1;

  /**
   * The next block is `number`. `chunkBytes` is what one that was left out has: the length of the archive's first block,
   * as the importer takes it. Throws ParseError where zeros are no image.
   */
  enterBlock(number: number, chunkBytes: number): void {
    this.zeros(Math.max(0, number - this.last - 1) * chunkBytes);
    this.last = number;
  }

  private zeros(bytes: number): void {
    const { image } = this;
    for (let left = bytes; left > 0 && !image.isComplete; ) {
      const passed = Math.min(left, image.passable);
      const used = passed > 0 ? passed : Math.min(left, image.needed, ZEROS.length);
      if (passed > 0) image.pass(used);
      else image.push(ZEROS.subarray(0, used));
      left -= used;
    }
  }
}
