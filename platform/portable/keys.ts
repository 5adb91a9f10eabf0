/** Public keys of certificates, and the signatures that they check: RSA by PKCS #1 v1.5 (RFC 8017 §8.2.2), ECDSA by @noble/curves. */
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { ascii, equalBytes, toHex } from "../../parsers/bytes.ts";
import { DER_TAG, readTagged, SequenceReader } from "../../parsers/efi/der.ts";
import type { PublicKeyInfo } from "../../parsers/efi/x509.ts";
import { hashNamed } from "./hashes.ts";

/** rsaEncryption and id-RSASSA-PSS (RFC 8017 §A), id-ecPublicKey (RFC 5480 §2.1.1). */
const OID_RSA = "2a864886f70d010101";
const OID_RSA_PSS = "2a864886f70d01010a";
const OID_EC = "2a8648ce3d0201";
const OTHER_KEYS: ReadonlyMap<string, string> = new Map([
  ["2a8648ce380401", "dsa"],
  ["2b6570", "ed25519"],
  ["2b6571", "ed448"],
]);

const CURVES = new Map([
  ["2a8648ce3d030107", { curve: p256, bits: 256 }],
  ["2b81040022", { curve: p384, bits: 384 }],
  ["2b81040023", { curve: p521, bits: 521 }],
]);

const SEQUENCE = 0x10;
/** Arcs of ANSI X9.62, SECG and Brainpool (RFC 5480, RFC 5639), whose curves OpenSSL knows by name. */
const CURVE_ARCS = /^(?:2a8648ce3d0301|2b810400|2b24030302080101)[0-9a-f]{2}$/;

function isCurve(parameters: PublicKeyInfo["parameters"]): boolean {
  // One that brings its own curve is an elliptic key as well.
  return (
    parameters !== null && (parameters.number === SEQUENCE || CURVE_ARCS.test(toHex(parameters.content)))
  );
}

interface RsaKey {
  readonly type: "rsa" | "rsa-pss";
  readonly modulus: bigint;
  readonly exponent: bigint;
  readonly bits: number;
}
interface EcKey {
  readonly type: "ec";
  readonly curve: typeof p256;
  readonly point: Uint8Array;
  readonly bits: number;
}
interface OtherKey {
  readonly type: string;
  readonly bits: null;
}
export type PublicKey = RsaKey | EcKey | OtherKey;

/** Null for a key that cannot be read. */
export function openKey({ algorithm, parameters, bits }: PublicKeyInfo): PublicKey | null {
  try {
    if (algorithm === OID_RSA || algorithm === OID_RSA_PSS)
      return openRsaKey(bits, algorithm === OID_RSA ? "rsa" : "rsa-pss");
    const known = CURVES.get(toHex(parameters?.content ?? new Uint8Array(0)));
    if (algorithm === OID_EC && known !== undefined) {
      known.curve.Point.fromBytes(bits);
      return { type: "ec", curve: known.curve, point: bits, bits: known.bits };
    }
  } catch {
    return null;
  }
  const type = algorithm === OID_EC && isCurve(parameters) ? "ec" : OTHER_KEYS.get(algorithm);
  return type === undefined ? null : { type, bits: null };
}

/** RSAPublicKey ::= SEQUENCE { modulus, publicExponent } */
function openRsaKey(bytes: Uint8Array, type: RsaKey["type"]): RsaKey {
  const members = new SequenceReader(readTagged(bytes, DER_TAG.SEQUENCE).content);
  const modulus = numberOf(members.take(DER_TAG.INTEGER).content);
  const exponent = numberOf(members.take(DER_TAG.INTEGER).content);
  return { type, modulus, exponent, bits: modulus.toString(2).length };
}

function numberOf(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${toHex(bytes)}`);
}

/** DER of DigestInfo in front of the digest itself (RFC 8017 §9.2, note 1). */
const DIGEST_INFO: ReadonlyMap<string, string> = new Map([
  ["md5", "3020300c06082a864886f70d020505000410"],
  ["sha1", "3021300906052b0e03021a05000414"],
  ["sha224", "302d300d06096086480165030402040500041c"],
  ["sha256", "3031300d060960864801650304020105000420"],
  ["sha384", "3041300d060960864801650304020205000430"],
  ["sha512", "3051300d060960864801650304020305000440"],
]);
/** OpenSSL takes no larger modulus, and of a modulus above 3072 bits no larger exponent (crypto/rsa/rsa_local.h, rsa.h). */
const MAX_MODULUS_BITS = 16_384;
const MAX_SMALL_MODULUS_BITS = 3072;
const MAX_EXPONENT_BITS = 64;

/** Never throws: what cannot be checked does not hold. */
export function holds(key: PublicKey, digest: string, content: Uint8Array, signature: Uint8Array): boolean {
  const hash = hashNamed(digest);
  if (hash === null) return false;
  try {
    if ("curve" in key)
      return key.curve.verify(signature, hash(content), key.point, {
        prehash: false,
        lowS: false,
        format: "der",
      });
    if (!("modulus" in key) || key.type !== "rsa") return false;
    return rsaHolds(key, DIGEST_INFO.get(digest), hash(content), signature);
  } catch {
    return false;
  }
}

function rsaHolds(
  { modulus, exponent, bits }: RsaKey,
  digestInfo: string | undefined,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const length = Math.ceil(bits / 8);
  const isSound =
    modulus > 0n &&
    exponent > 1n &&
    exponent < modulus &&
    bits <= MAX_MODULUS_BITS &&
    (bits <= MAX_SMALL_MODULUS_BITS || exponent < 1n << BigInt(MAX_EXPONENT_BITS));
  const number = numberOf(signature);
  if (!isSound || digestInfo === undefined || signature.length !== length || number >= modulus) return false;
  const end = `00${digestInfo}${toHex(digest)}`;
  const padding = 2 * length - "0001".length - end.length;
  // At least eight bytes of it (§9.2).
  if (padding < 16) return false;
  const expected = `0001${"f".repeat(padding)}${end}`;
  const found = power(number, exponent, modulus)
    .toString(16)
    .padStart(2 * length, "0");
  return equalBytes(ascii(found), ascii(expected));
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = base;
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}
