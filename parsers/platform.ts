/**
 * What the core needs of the world, injected so that it stays pure: Node passes native code,
 * a browser page its own.
 */
export interface Platform {
  /** Bytes of canonical base64: one line, standard alphabet, padded. Called only with text that was checked to be so. */
  readonly decodeBase64: (text: Uint8Array) => Uint8Array;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
  readonly sha384: (bytes: Uint8Array) => Uint8Array;
  readonly sha512: (bytes: Uint8Array) => Uint8Array;
  readonly sha1: (bytes: Uint8Array) => Uint8Array;
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
