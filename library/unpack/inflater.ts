/** Decompresses deflate (RFC 1951): zlib on Node, platform/portable/inflate.ts elsewhere. */

export interface Inflater {
  /** True where the last member has ended, so that the rest of the input is not used. */
  readonly isFinished: boolean;
  /** The bytes that the input up to here gives. Rejects with InflateFault for damaged data; bytes that this slice gave before the damage are lost. */
  readonly write: (slice: Uint8Array) => Promise<readonly Uint8Array[]>;
  /** Called at the end of the input. Rejects with InflateFault where the data is not complete. */
  readonly finish: () => Promise<readonly Uint8Array[]>;
  readonly destroy: () => void;
}

/** `gzip`: one member after the other (RFC 1952), with their checksums compared; zero bytes after the last one are ignored. */
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
