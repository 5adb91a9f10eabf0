/** Hashes that answer at once, by @noble/hashes: WebCrypto answers later, and has no running hash. */
import { blake2b, blake2s } from "@noble/hashes/blake2.js";
import { md5, ripemd160, sha1 } from "@noble/hashes/legacy.js";
import { sha224, sha256, sha384, sha512, sha512_224, sha512_256 } from "@noble/hashes/sha2.js";
import { sha3_224, sha3_256, sha3_384, sha3_512 } from "@noble/hashes/sha3.js";

export type Hash = (bytes: Uint8Array) => Uint8Array;

/** By the names that OpenSSL has for them. */
const BY_NAME: ReadonlyMap<string, Hash> = new Map<string, Hash>([
  ["md5", md5],
  ["sha1", sha1],
  ["ripemd160", ripemd160],
  ["sha224", sha224],
  ["sha256", sha256],
  ["sha384", sha384],
  ["sha512", sha512],
  ["sha512-224", sha512_224],
  ["sha512-256", sha512_256],
  ["sha3-224", sha3_224],
  ["sha3-256", sha3_256],
  ["sha3-384", sha3_384],
  ["sha3-512", sha3_512],
  ["blake2b512", (bytes) => blake2b(bytes)],
  ["blake2s256", (bytes) => blake2s(bytes)],
]);

/** Null for one that is not here. */
export function hashNamed(name: string): Hash | null {
  return BY_NAME.get(name) ?? null;
}

export { sha1, sha256, sha384, sha512 };
