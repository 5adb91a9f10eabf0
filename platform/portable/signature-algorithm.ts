/**
 * What a certificate says of its own signature (X509_verify of OpenSSL's crypto/asn1/a_verify.c), checked with whoever can work with
 * the key of its issuer: OpenSSL, or the arithmetic of signature.ts.
 */
import { toHex } from "../../parsers/bytes.ts";
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
import { numberOf } from "./integer.ts";

/** Object identifiers of digests, by their OpenSSL names: what stands in the padding (RFC 8017 §9.2, note 1). */
export const DIGEST_OIDS: Readonly<Record<string, string>> = {
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

/** What can be done with one key. None of these throws for a key or a signature that is not good. */
export interface KeyUse {
  /** As Node names it. */
  readonly type: string;
  /** RSA with PKCS #1 v1.5 padding, or ECDSA. */
  readonly verify: (digest: string, content: Uint8Array, signature: Uint8Array) => boolean;
  readonly verifyEd25519: (content: Uint8Array, signature: Uint8Array) => boolean;
  /** A signature by RSA to the power of the exponent, as long as the modulus, and the bits of that; null where it is none. */
  readonly open: (
    signature: Uint8Array,
  ) => { readonly encoded: Uint8Array; readonly modulusBits: number } | null;
  /** Throws Error for a name that is none of a digest, as OpenSSL does. */
  readonly digest: (name: string, bytes: Uint8Array) => Uint8Array;
}

/** The certificate's signature is of this key. */
export function isSignedWith(fields: CertificateFields, key: KeyUse): boolean {
  const { outerAlgorithm, signature, signatureUnusedBits, tbsCertificate: signed } = fields;
  // crypto/asn1/a_verify.c, ASN1_R_INVALID_BIT_STRING_BITS_LEFT
  if (signatureUnusedBits !== 0) return false;
  const { algorithm } = outerAlgorithm;
  if (!fields.hasOneAlgorithm) return false;
  if (algorithm === OID_ED25519) return key.verifyEd25519(signed, signature);
  if (algorithm === OID_PSS) {
    const parameters = pssParameters(outerAlgorithm.parameters?.encoded ?? null);
    return parameters !== null && verifyPss(key, signed, signature, parameters);
  }
  const known = ALGORITHMS[algorithm];
  return known !== undefined && known[0] === key.type && key.verify(known[1], signed, signature);
}

export interface PssParameters {
  readonly hash: string;
  readonly maskHash: string;
  readonly saltLength: number;
}

const NAMES_OF_DIGESTS: ReadonlyMap<string, string> = new Map(
  Object.entries(DIGEST_OIDS).map(([name, oid]) => [oid, name]),
);

/** RSASSA-PSS-params (RFC 8017 §A.2.3); null for what is none. */
export function pssParameters(encoded: Uint8Array | null): PssParameters | null {
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
  { open, digest }: KeyUse,
  content: Uint8Array,
  signature: Uint8Array,
  { hash, maskHash, saltLength }: PssParameters,
): boolean {
  const opened = open(signature);
  if (opened === null) return false;
  const { encoded: whole, modulusBits } = opened;
  const bits = modulusBits - 1;
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
  const mask = mgf1(told, masked.length, (bytes) => digest(maskHash, bytes));
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

function mgf1(seed: Uint8Array, length: number, hash: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const mask: number[] = [];
  for (let counter = 0; mask.length < length; counter++) {
    const input = new Uint8Array(seed.length + 4);
    input.set(seed);
    new DataView(input.buffer).setUint32(seed.length, counter);
    for (const byte of hash(input)) mask.push(byte);
  }
  return Uint8Array.from(mask.slice(0, length));
}
