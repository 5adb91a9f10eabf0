/**
 * What the core needs of the world, injected so that it stays pure: Node passes native code,
 * a browser page its own.
 */
export interface Platform {
  /**
   * Bytes of canonical base64: whole groups of the standard alphabet, padding in the last one only. Null for any other
   * text: whoever has a native decoder can tell far faster than a walk over the characters.
   */
  readonly decodeBase64: (text: Uint8Array) => Uint8Array | null;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  readonly sha384: (bytes: Uint8Array) => Uint8Array;
  readonly sha512: (bytes: Uint8Array) => Uint8Array;
  readonly sha1: (bytes: Uint8Array) => Uint8Array;
  /** True where both have the same bytes: what equalBytes of bytes.ts says, but faster for thousands of them. */
  readonly equalBytes: (a: Uint8Array, b: Uint8Array) => boolean;
  /** First place of a byte at or after `from`, -1 where there is none: what `indexOf` of an array says, but faster in a long one. */
  readonly indexOfByte: (bytes: Uint8Array, byte: number, from: number) => number;
  /** A number that the maker of an input cannot know, for hash tables; no result depends on it. */
  readonly hashSeed: number;
  /** Null where the bytes are no DER certificate. */
  readonly parseCertificate: (der: Uint8Array) => Certificate | null;
}

/** What is shown and judged of an X.509 certificate. Names as RFC 4514 strings, times as ISO 8601 UTC. */
export interface Certificate {
  readonly subject: string;
  readonly commonName: string | null;
  readonly issuer: string;
  /** Upper-case hexadecimal, no separators. */
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Such as `RSA`, `EC`; with `keyBits` where that is told. */
  readonly keyAlgorithm: string;
  readonly keyBits: number | null;
}
