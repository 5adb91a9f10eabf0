/** Functions that pure code cannot have by itself. platform/node/ implements them with Node, platform/portable/ without. */
export interface Platform {
  /** Decodes canonical base64: whole groups of the standard alphabet, padding in the last one only. Null for any other text. */
  readonly decodeBase64: (text: Uint8Array) => Uint8Array | null;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  readonly sha384: (bytes: Uint8Array) => Uint8Array;
  readonly sha512: (bytes: Uint8Array) => Uint8Array;
  readonly sha1: (bytes: Uint8Array) => Uint8Array;
  /** As `equalBytes` of bytes.ts, but faster for long arrays. */
  readonly equalBytes: (a: Uint8Array, b: Uint8Array) => boolean;
  /** As `bytes.indexOf(byte, from)`, but faster for long arrays. */
  readonly indexOfByte: (bytes: Uint8Array, byte: number, from: number) => number;
  /** A random number for hash tables, so that an input cannot be made to collide. No result depends on it. */
  readonly hashSeed: number;
  /** Null where the bytes are no DER certificate. */
  readonly parseCertificate: (der: Uint8Array) => Certificate | null;
}

/** The fields of an X.509 certificate that are shown and judged. Names as RFC 4514 strings, times as ISO 8601 UTC. */
export interface Certificate {
  readonly subject: string;
  readonly commonName: string | null;
  readonly issuer: string;
  /** Upper-case hexadecimal, no separators. */
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  /** Such as `RSA` or `EC`. */
  readonly keyAlgorithm: string;
  readonly keyBits: number | null;
}
