/**
 * XXH64, seed 0 (xxHash specification, "XXH64 algorithm description"): the checksum of zstd frames.
 * Halves of 32 bits instead of bigint, which would be slower than the decompressor whose output it checks.
 */
import { viewOf } from "../bytes.ts";

type Word = readonly [high: number, low: number];

const PRIME_1: Word = [0x9e3779b1, 0x85ebca87];
const PRIME_2: Word = [0xc2b2ae3d, 0x27d4eb4f];
const PRIME_3: Word = [0x165667b1, 0x9e3779f9];
const PRIME_4: Word = [0x85ebca77, 0xc2b2ae63];
const PRIME_5: Word = [0x27d4eb2f, 0x165667c5];

const STRIPE_BYTES = 32;
const LANE_BYTES = 8;
const LANES = 4;

/** One 64-bit value that is changed in place: the hash allocates nothing while it runs. */
class Accumulator {
  high: number;
  low: number;

  constructor([high, low]: Word) {
    this.high = high | 0;
    this.low = low | 0;
  }

  add(high: number, low: number): void {
    const sum = (this.low >>> 0) + (low >>> 0);
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
    this.low = sum | 0;
  }

  addWord([high, low]: Word): void {
    this.add(high, low);
  }

  multiply([high, low]: Word): void {
    const a0 = this.low & 0xffff;
    const a1 = this.low >>> 16;
    const b0 = low & 0xffff;
    const b1 = low >>> 16;
    const p00 = a0 * b0;
    const p01 = a0 * b1;
    const p10 = a1 * b0;
    const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
    const carried = a1 * b1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
    this.high = (carried + Math.imul(this.high, low) + Math.imul(this.low, high)) | 0;
    this.low = Math.imul(this.low, low);
  }

  /** `by` is 1 to 31. */
  rotateLeft(by: number): void {
    const { high, low } = this;
    this.high = (high << by) | (low >>> (32 - by));
    this.low = (low << by) | (high >>> (32 - by));
  }

  xor(high: number, low: number): void {
    this.high ^= high;
    this.low ^= low;
  }

  /** x ^= x >> by, where `by` is 29, 32 or 33. */
  xorShiftRight(by: 29 | 32 | 33): void {
    const { high, low } = this;
    if (by === 29) this.xor(high >>> 29, (low >>> 29) | (high << 3));
    else this.xor(0, high >>> (by - 32));
  }

  /** The specification's `round`: accumulate one lane. */
  round(high: number, low: number): void {
    lane.high = high;
    lane.low = low;
    lane.multiply(PRIME_2);
    this.add(lane.high, lane.low);
    this.rotateLeft(31);
    this.multiply(PRIME_1);
  }
}

const lane = new Accumulator([0, 0]);

export class Xxh64 {
  private readonly lanes: readonly Accumulator[] = initialLanes();
  private readonly partial: Uint8Array = new Uint8Array(STRIPE_BYTES);
  private partialBytes = 0;
  private totalBytes = 0;

  update(bytes: Uint8Array): void {
    this.totalBytes += bytes.length;
    let at = 0;
    if (this.partialBytes > 0) {
      at = Math.min(STRIPE_BYTES - this.partialBytes, bytes.length);
      this.partial.set(bytes.subarray(0, at), this.partialBytes);
      this.partialBytes += at;
      if (this.partialBytes < STRIPE_BYTES) return;
      this.stripes(this.partial);
    }
    const end = bytes.length - ((bytes.length - at) % STRIPE_BYTES);
    this.stripes(bytes.subarray(at, end));
    this.partial.set(bytes.subarray(end));
    this.partialBytes = bytes.length - end;
  }

  /** The hash of all bytes so far, as two unsigned halves. */
  digest(): { readonly high: number; readonly low: number } {
    const hash = this.totalBytes >= STRIPE_BYTES ? this.merged() : new Accumulator(PRIME_5);
    hash.add(Math.floor(this.totalBytes / 2 ** 32), this.totalBytes | 0);
    addRest(hash, this.partial.subarray(0, this.partialBytes));
    hash.xorShiftRight(33);
    hash.multiply(PRIME_2);
    hash.xorShiftRight(29);
    hash.multiply(PRIME_3);
    hash.xorShiftRight(32);
    return { high: hash.high >>> 0, low: hash.low >>> 0 };
  }

  private stripes(bytes: Uint8Array): void {
    const view = viewOf(bytes);
    for (let at = 0; at < bytes.length; at += STRIPE_BYTES) {
      for (let i = 0; i < LANES; i++) {
        const offset = at + LANE_BYTES * i;
        this.lanes[i]!.round(view.getInt32(offset + 4, true), view.getInt32(offset, true));
      }
    }
  }

  private merged(): Accumulator {
    const hash = new Accumulator([0, 0]);
    const rotated = [1, 7, 12, 18];
    for (let i = 0; i < LANES; i++) {
      const { high, low } = this.lanes[i]!;
      const term = new Accumulator([high, low]);
      term.rotateLeft(rotated[i]!);
      hash.add(term.high, term.low);
    }
    for (const { high, low } of this.lanes) {
      const term = new Accumulator([0, 0]);
      term.round(high, low);
      hash.xor(term.high, term.low);
      hash.multiply(PRIME_1);
      hash.addWord(PRIME_4);
    }
    return hash;
  }
}

function initialLanes(): Accumulator[] {
  const lanes = Array.from({ length: LANES }, () => new Accumulator([0, 0]));
  const [first, second, , last] = lanes;
  first!.addWord(PRIME_1);
  first!.addWord(PRIME_2);
  second!.addWord(PRIME_2);
  // 0 - PRIME_1 is ~PRIME_1 + 1.
  last!.add(~PRIME_1[0], ~PRIME_1[1]);
  last!.add(0, 1);
  return lanes;
}

/** The specification's "consume remaining input": lanes of 8, then 4, then single bytes. */
function addRest(hash: Accumulator, rest: Uint8Array): void {
  const view = viewOf(rest);
  let at = 0;
  for (; at + LANE_BYTES <= rest.length; at += LANE_BYTES) {
    const term = new Accumulator([0, 0]);
    term.round(view.getInt32(at + 4, true), view.getInt32(at, true));
    hash.xor(term.high, term.low);
    hash.rotateLeft(27);
    hash.multiply(PRIME_1);
    hash.addWord(PRIME_4);
  }
  if (at + 4 <= rest.length) {
    const term = new Accumulator([0, view.getInt32(at, true)]);
    term.multiply(PRIME_1);
    hash.xor(term.high, term.low);
    hash.rotateLeft(23);
    hash.multiply(PRIME_2);
    hash.addWord(PRIME_3);
    at += 4;
  }
  for (; at < rest.length; at++) {
    const term = new Accumulator([0, rest[at]!]);
    term.multiply(PRIME_5);
    hash.xor(term.high, term.low);
    hash.rotateLeft(11);
    hash.multiply(PRIME_1);
  }
}
