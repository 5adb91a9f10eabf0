import { Buffer } from "node:buffer";
import type { Platform } from "../../parsers/platform.ts";
import { readCertificate } from "./certificate-node.ts";
import { nodeCrypto } from "./node-crypto.ts";

/** The core's platform on Node: its native decoder, hashes and X.509 reader. */
export const nodePlatform: Platform = {
  decodeBase64: (text) => owned(Buffer.from(latin1(text), "base64")),
  sha256: (bytes) => owned(nodeCrypto().createHash("sha256").update(bytes).digest()),
  sha384: (bytes) => owned(nodeCrypto().createHash("sha384").update(bytes).digest()),
  sha512: (bytes) => owned(nodeCrypto().createHash("sha512").update(bytes).digest()),
  sha1: (bytes) => owned(nodeCrypto().createHash("sha1").update(bytes).digest()),
  hashSeed: Math.floor(Math.random() * 2 ** 32),
  parseCertificate: readCertificate,
};

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

/** A plain array of its own: small Buffers share their memory with others, and their `slice` is a view. */
function owned(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer);
}
