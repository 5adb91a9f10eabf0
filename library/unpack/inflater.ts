/** Who undoes deflate (RFC 1951): zlib on Node, code of its own elsewhere. */

export interface Inflater {
  /** The last member has ended: the rest of the input is none of its business. */
  readonly isFinished: boolean;
  /**
   * All bytes that can be had of the input up to here. Rejects with InflateFault for damaged data; what this slice gave before
   * the damage is lost.
   */
  readonly write: (slice: Uint8Array) => Promise<readonly Uint8Array[]>;
  /** The end of the input. Rejects with InflateFault where more was to come. */
  readonly finish: () => Promise<readonly Uint8Array[]>;
  readonly destroy: () => void;
}

/** `gzip`: members one after the other (RFC 1952), their checksums compared; bytes of zero behind the last are let pass. */
export type Deflated = "gzip" | "deflate";

export type MakeInflater = (kind: Deflated) => Promise<Inflater>;

export class InflateFault extends Error {
  override readonly name: string = "InflateFault";
  readonly isCut: boolean;

  constructor(isCut: boolean) {
    super(isCut ? "the data are cut" : "the data are damaged");
    this.isCut = isCut;
  }
}
