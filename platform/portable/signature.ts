/** Checks signatures: RSA with PKCS #1 v1.5 padding and PSS (RFC 8017), ECDSA (FIPS 186-5), Ed25519 (RFC 8032). */
import { ed25519 } from "@noble/curves/ed25519.js";
import { concatBytes, toHex } from "../../parsers/bytes.ts";
import { Asn1Reader, readInteger, readSequence } from "../../parsers/efi/asn1.ts";
import { ParseError } from "../../parsers/errors.ts";
import { hashNamed } from "./hashes.ts";
import { numberOf } from "./integer.ts";
import type { PublicKey, RsaKey } from "./public-key.ts";
import { DIGEST_OIDS, type KeyUse } from "./signature-algorithm.ts";

/** A key of more is none that OpenSSL works with (OPENSSL_RSA_MAX_MODULUS_BITS). */
const MAX_RSA_BITS = 16_384;
/** Above this OpenSSL takes only small exponents (OPENSSL_RSA_SMALL_MODULUS_BITS, OPENSSL_RSA_MAX_PUBEXP_BITS). */
const SMALL_RSA_BITS = 3072;
const MAX_EXPONENT_BITS = 64;

/** What this module can do with a key. */
export function useOf(key: PublicKey): KeyUse {
  return {
    type: key.type,
    verify: (name, content, signature) => verifyDigest(key, content, signature, name),
    verifyEd25519: (content, signature) => key.ed25519 !== null && isEd25519(key.ed25519, content, signature),
    open: (signature) => {
      const encoded = key.rsa === null ? null : opened(key.rsa, signature);
      return encoded === null ? null : { encoded, modulusBits: key.rsa?.bits ?? 0 };
    },
    digest,
  };
}

function isEd25519(key: Uint8Array, content: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, content, key);
  } catch {
    return false;
  }
}

/** RSA with PKCS #1 v1.5 padding, or ECDSA; false for every other key, and for a digest that is none. */
export function verifyDigest(
  { type, rsa, ec }: PublicKey,
  content: Uint8Array,
  signature: Uint8Array,
  digestName: string,
): boolean {
  if (rsa !== null) return type === "rsa" && verifyPkcs1(rsa, content, signature, digestName);
  if (ec === null) return false;
  const numbers = ecdsaNumbers(signature);
  if (numbers === null) return false;
  const { curve, point } = ec;
  try {
    const size = (ec.bits + 7) >> 3;
    const compact = new Uint8Array(2 * size);
    for (const [i, value] of numbers.entries()) {
      const text = value.toString(16).padStart(2 * size, "0");
      if (value <= 0n || text.length > 2 * size) return false;
      compact.set(bytesOf(text), i * size);
    }
    const hash = digest(digestName, content);
    return curve.verify(compact, hash, point, { prehash: false, lowS: false, format: "compact" });
  } catch {
    return false;
  }
}

/** Ecdsa-Sig-Value ::= SEQUENCE { r, s } in DER, with nothing behind it. */
function ecdsaNumbers(signature: Uint8Array): readonly [bigint, bigint] | null {
  try {
    const reader = new Asn1Reader(signature);
    const numbers = readSequence(
      reader,
      (inner) => [numberOf(readInteger(inner)), numberOf(readInteger(inner))] as const,
    );
    // OpenSSL writes it again and compares (crypto/ec/ecdsa_ossl.c, ossl_ecdsa_verify).
    return reader.at === signature.length && isShortest(signature) ? numbers : null;
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

/** Lengths below 128 stand in one byte; those of a signature are below 256. */
function isShortest(signature: Uint8Array): boolean {
  const length = signature[1] ?? 0;
  return length < 0x80 || (length === 0x81 && (signature[2] ?? 0) >= 0x80);
}

function verifyPkcs1(key: RsaKey, content: Uint8Array, signature: Uint8Array, digestName: string): boolean {
  const oid = DIGEST_OIDS[digestName];
  const encoded = oid === undefined ? null : opened(key, signature);
  if (encoded === null || oid === undefined) return false;
  const object = bytesOf(oid);
  const hash = digest(digestName, content);
  const algorithm = tlv(0x30, concatBytes([tlv(0x06, object), Uint8Array.of(0x05, 0x00)]));
  const info = tlv(0x30, concatBytes([algorithm, tlv(0x04, hash)]));
  const expected = new Uint8Array(key.bytes).fill(0xff);
  if (key.bytes < info.length + 11) return false;
  expected[0] = 0;
  expected[1] = 1;
  expected[key.bytes - info.length - 1] = 0;
  expected.set(info, key.bytes - info.length);
  return toHex(encoded) === toHex(expected);
}

/** The signature as a number to the power of the exponent; null where the key or the signature is none. */
function opened({ modulus, exponent, bytes, bits }: RsaKey, signature: Uint8Array): Uint8Array | null {
  if (bits > MAX_RSA_BITS || signature.length !== bytes || modulus <= exponent || exponent <= 0n) return null;
  if (bits > SMALL_RSA_BITS && exponent.toString(2).length > MAX_EXPONENT_BITS) return null;
  const value = numberOf(concatBytes([Uint8Array.of(0), signature]));
  if (value >= modulus || modulus % 2n === 0n) return null;
  return bytesOf(
    power(value, exponent, modulus)
      .toString(16)
      .padStart(2 * bytes, "0"),
  );
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base % modulus;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if (left & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Throws Error for a name that is none of a digest, as OpenSSL does. */
function digest(name: string, bytes: Uint8Array): Uint8Array {
  const hash = hashNamed(name);
  if (hash === null) throw new Error(`no digest ${name}`);
  return hash(bytes);
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}

/** A short element of DER. */
function tlv(tag: number, content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + content.length);
  bytes.set([tag, content.length]);
  bytes.set(content, 2);
  return bytes;
}
