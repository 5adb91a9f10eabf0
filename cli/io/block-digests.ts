import { createHash } from "node:crypto";
import type { Hashing } from "../../parsers/ova/verify.ts";
import type { BlockDigests } from "../../parsers/xva/verify.ts";

/** Checksums of blocks, as fast as they come from a disk. Loaded by `verify` alone: it is WebAssembly. */
export async function blockDigests(): Promise<BlockDigests> {
  const { default: xxhash } = await import("xxhash-wasm");
  const { create64 } = await xxhash();
  return {
    xxhash: (pieces) => {
      const hash = create64();
      for (const piece of pieces) hash.update(piece);
      return hash.digest().toString(16).padStart(16, "0").toUpperCase();
    },
    checksum: (pieces) => {
      const hash = createHash("sha1");
      for (const piece of pieces) hash.update(piece);
      return hash.digest("hex");
    },
  };
}

const HASHES: ReadonlyMap<string, string> = new Map([
  ["SHA1", "sha1"],
  ["SHA256", "sha256"],
  ["SHA384", "sha384"],
  ["SHA512", "sha512"],
]);

/** Of the files of an appliance; null for an algorithm that no appliance should name. */
export function startHashing(algorithm: string): Hashing | null {
  const name = HASHES.get(algorithm);
  if (name === undefined) return null;
  const hash = createHash(name);
  return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest("hex") };
}
