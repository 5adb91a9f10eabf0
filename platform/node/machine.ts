/** What Node computes with: OpenSSL and zlib, each loaded with the first byte that it is for. */
import type { Machine } from "../../library/world.ts";
import { nodeCrypto } from "./crypto.ts";
import { nodePlatform } from "./platform.ts";

export const nodeMachine: Machine = {
  platform: nodePlatform,
  makeInflater: async (kind) => (await import("./inflater.ts")).nodeInflater(kind),
  newSha256: () => {
    const hash = nodeCrypto().createHash("sha256");
    return { update: (bytes) => void hash.update(bytes), digest: () => hash.digest() };
  },
  verifier: async () => (await import("./verifier.ts")).nodeSignatureVerifier,
  turn: () => new Promise((resolve) => void setImmediate(resolve)),
};
