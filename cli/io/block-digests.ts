import { createHash } from "node:crypto";
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
