import { Buffer } from "node:buffer";
import type { Platform } from "../../parsers/platform.ts";
import { readCertificate } from "./certificate.ts";
import { nodeCrypto } from "./crypto.ts";

/** The core's platform on Node: its native decoder, hashes and X.509 reader. */
export const nodePlatform: Platform = {
  decodeBase64,
  sha256: (bytes) => owned(nodeCrypto().createHash("sha256").update(bytes).digest()),
  sha384: (bytes) => owned(nodeCrypto().createHash("sha384").update(bytes).digest()),
  sha512: (bytes) => owned(nodeCrypto().createHash("sha512").update(bytes).digest()),
  sha1: (bytes) => owned(nodeCrypto().createHash("sha1").update(bytes).digest()),
  equalBytes: (a, b) => Buffer.compare(a, b) === 0,
  indexOfByte: (bytes, byte, from) => Buffer.prototype.indexOf.call(bytes, byte, from),
  hashSeed: Math.floor(Math.random() * 2 ** 32),
  parseCertificate: readCertificate,
};

const EQUALS = 0x3d;
const MINUS = 0x2d;
const UNDERSCORE = 0x5f;

/**
 * Node skips what is no base64, and reads the URL-safe alphabet as well. What it skips makes no bytes, so a result of full
 * length proves that there was nothing to skip.
 */
function decodeBase64(text: Uint8Array): Uint8Array | null {
  const { length } = text;
  if (length % 4 !== 0) return null;
  const view = Buffer.from(text.buffer, text.byteOffset, length);
  if (view.includes(MINUS) || view.includes(UNDERSCORE)) return null;
  const pads = text[length - 1] !== EQUALS ? 0 : text[length - 2] !== EQUALS ? 1 : 2;
  const bytes = Buffer.from(view.toString("latin1"), "base64");
  return bytes.length === (length / 4) * 3 - pads ? owned(bytes) : null;
}

/** A plain array of its own: small Buffers share their memory with others, and their `slice` is a view. */
function owned(buffer: Buffer): Uint8Array {
  if (buffer.buffer.byteLength !== buffer.length) return new Uint8Array(buffer);
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length);
}
