/** Digests that OpenSSL names in a signature. */
export const DIGESTS: readonly string[] = [
  "md5",
  "sha1",
  "ripemd160",
  "sha224",
  "sha256",
  "sha384",
  "sha512",
  "sha512-224",
  "sha512-256",
];
export const MORE_DIGESTS: readonly string[] = [
  "sha3-224",
  "sha3-256",
  "sha3-384",
  "sha3-512",
  "blake2b512",
  "blake2s256",
];
