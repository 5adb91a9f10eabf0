/** Checks signatures: RSA with PKCS #1 v1.5 padding and PSS (RFC 8017), ECDSA (FIPS 186-5), Ed25519 (RFC 8032). */
import { ed25519 } from "@noble/curves/ed25519.js";
import { concatBytes, toHex } from "../../parsers/bytes.ts";
import {
  Asn1Reader,
  contextTag,
  optional,
  readAlgorithmIdentifier,
  readExplicit,
  readInteger,
  readSequence,
} from "../../parsers/efi/asn1.ts";
import type { CertificateFields } from "../../parsers/efi/x509.ts";
import { ParseError } from "../../parsers/errors.ts";
import { hashNamed } from "./hashes.ts";
import { numberOf, type PublicKey, type RsaKey } from "./public-key.ts";

/** A key of more is none that OpenSSL works with (OPENSSL_RSA_MAX_MODULUS_BITS). */
const MAX_RSA_BITS = 16_384;
/** Above this OpenSSL takes only small exponents (OPENSSL_RSA_SMALL_MODULUS_BITS, OPENSSL_RSA_MAX_PUBEXP_BITS). */
const SMALL_RSA_BITS = 3072;
const MAX_EXPONENT_BITS = 64;

/** Object identifiers of digests, by their OpenSSL names: what stands in the padding (RFC 8017 §9.2, note 1). */
const DIGEST_OIDS: Readonly<Record<string, string>> = {
  md5: "2a864886f70d0205",
  sha1: "2b0e03021a",
  ripemd160: "2b24030201",
  sha224: "608648016503040204",
  sha256: "608648016503040201",
  sha384: "608648016503040202",
  sha512: "608648016503040203",
  "sha512-224": "608648016503040205",
  "sha512-256": "608648016503040206",
  "sha3-224": "608648016503040207",
  "sha3-256": "608648016503040208",
  "sha3-384": "608648016503040209",
  "sha3-512": "60864801650304020a",
};

/** Digest and kind of a signature, by the object identifier of its algorithm. */
const ALGORITHMS: Readonly<Record<string, readonly [kind: "rsa" | "ec", digest: string]>> = {
  "2a864886f70d010104": ["rsa", "md5"],
  "2a864886f70d010105": ["rsa", "sha1"],
  "2a864886f70d01010e": ["rsa", "sha224"],
  "2a864886f70d01010b": ["rsa", "sha256"],
  "2a864886f70d01010c": ["rsa", "sha384"],
  "2a864886f70d01010d": ["rsa", "sha512"],
  "2b0e03021d": ["rsa", "sha1"],
  "60864801650304030d": ["rsa", "sha3-224"],
  "60864801650304030e": ["rsa", "sha3-256"],
  "60864801650304030f": ["rsa", "sha3-384"],
  "608648016503040310": ["rsa", "sha3-512"],
  "2a8648ce3d0401": ["ec", "sha1"],
  "2a8648ce3d040301": ["ec", "sha224"],
  "2a8648ce3d040302": ["ec", "sha256"],
  "2a8648ce3d040303": ["ec", "sha384"],
  "2a8648ce3d040304": ["ec", "sha512"],
};
const OID_PSS = "2a864886f70d01010a";
const OID_MGF1 = "2a864886f70d010108";
const OID_ED25519 = "2b6570";

/** The certificate's signature is of this key (X509_verify). */
export function isSignedWith(fields: CertificateFields, key: PublicKey): boolean {
  const { outerAlgorithm, signature, signatureUnusedBits, tbsCertificate: signed } = fields;
  // crypto/asn1/a_verify.c, ASN1_R_INVALID_BIT_STRING_BITS_LEFT
  if (signatureUnusedBits !== 0) return false;
  const { algorithm } = outerAlgorithm;
  if (!fields.hasOneAlgorithm) return false;
  if (algorithm === OID_ED25519) return key.ed25519 !== null && isEd25519(key.ed25519, signed, signature);
  if (algorithm === OID_PSS) {
    const parameters = pssParameters(outerAlgorithm.parameters?.encoded ?? null);
    return key.rsa !== null && parameters !== null && verifyPss(key.rsa, signed, signature, parameters);
  }
  const known = ALGORITHMS[algorithm];
  if (known === undefined || known[0] !== key.type) return false;
  return verifyDigest(key, signed, signature, known[1]);
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

interface PssParameters {
  readonly hash: string;
  readonly maskHash: string;
  readonly saltLength: number;
}

const NAMES_OF_DIGESTS: ReadonlyMap<string, string> = new Map(
  Object.entries(DIGEST_OIDS).map(([name, oid]) => [oid, name]),
);

/** RSASSA-PSS-params (RFC 8017 §A.2.3); null for what is none. */
function pssParameters(encoded: Uint8Array | null): PssParameters | null {
  if (encoded === null) return null;
  try {
    return readSequence(new Asn1Reader(encoded), (inner) => {
      const hash = optional(inner, contextTag(0), (reader, tag) =>
        readExplicit(reader, tag, readAlgorithmIdentifier),
      );
      const mask = optional(inner, contextTag(1), (reader, tag) =>
        readExplicit(reader, tag, readAlgorithmIdentifier),
      );
      const salt = optional(inner, contextTag(2), (reader, tag) => readExplicit(reader, tag, readInteger));
      const trailer = optional(inner, contextTag(3), (reader, tag) => readExplicit(reader, tag, readInteger));
      if (trailer !== null && numberOf(trailer) !== 1n) return null;
      const name = hash === null ? "sha1" : NAMES_OF_DIGESTS.get(hash.algorithm);
      const maskName = mask === null ? "sha1" : maskDigest(mask.algorithm, mask.parameters?.encoded);
      const saltLength = salt === null ? 20n : numberOf(salt);
      if (name === undefined || maskName === undefined || saltLength < 0n || saltLength > 65_535n)
        return null;
      return { hash: name, maskHash: maskName, saltLength: Number(saltLength) };
    });
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

function maskDigest(algorithm: string, parameters: Uint8Array | undefined): string | undefined {
  if (algorithm !== OID_MGF1 || parameters === undefined) return undefined;
  return NAMES_OF_DIGESTS.get(readAlgorithmIdentifier(new Asn1Reader(parameters)).algorithm);
}

/** EMSA-PSS-VERIFY (RFC 8017 §9.1.2) */
function verifyPss(
  key: RsaKey,
  content: Uint8Array,
  signature: Uint8Array,
  { hash, maskHash, saltLength }: PssParameters,
): boolean {
  const whole = opened(key, signature);
  if (whole === null) return false;
  const bits = key.bits - 1;
  const length = (bits + 7) >> 3;
  if (whole.length > length && whole[0] !== 0) return false;
  const encoded = whole.subarray(whole.length - length);
  const contentHash = digest(hash, content);
  const size = contentHash.length;
  if (length < size + saltLength + 2 || encoded[length - 1] !== 0xbc) return false;
  const masked = encoded.slice(0, length - size - 1);
  const told = encoded.subarray(length - size - 1, length - 1);
  const spare = 8 * length - bits;
  if ((masked[0] ?? 0) >> (8 - spare) !== 0 && spare > 0) return false;
  const mask = mgf1(told, masked.length, maskHash);
  for (let i = 0; i < masked.length; i++) masked[i] = (masked[i] ?? 0) ^ (mask[i] ?? 0);
  masked[0] = (masked[0] ?? 0) & (0xff >> spare);
  const padding = masked.length - saltLength - 1;
  if (masked.subarray(0, padding).some((byte) => byte !== 0) || masked[padding] !== 1) return false;
  const salt = masked.subarray(padding + 1);
  const input = new Uint8Array(8 + size + saltLength);
  input.set(contentHash, 8);
  input.set(salt, 8 + size);
  return toHex(digest(hash, input)) === toHex(told);
}

function mgf1(seed: Uint8Array, length: number, hash: string): Uint8Array {
  const mask: number[] = [];
  for (let counter = 0; mask.length < length; counter++) {
    const input = new Uint8Array(seed.length + 4);
    input.set(seed);
    new DataView(input.buffer).setUint32(seed.length, counter);
    for (const byte of digest(hash, input)) mask.push(byte);
  }
  return Uint8Array.from(mask.slice(0, length));
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
