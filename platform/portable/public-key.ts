/** The key of a certificate: which kind it is, and what its signatures are checked with. */
import { p256, p384, p521 } from "@noble/curves/nist.js";
import { toHex } from "../../parsers/bytes.ts";
import {
  type AnyValue,
  Asn1Reader,
  readAny,
  readSequence,
  readString,
  UNIVERSAL,
  universalTag,
} from "../../parsers/efi/asn1.ts";
import type { PublicKeyInfo } from "../../parsers/efi/x509.ts";
import { ParseError } from "../../parsers/errors.ts";
import { magnitudeOf } from "./integer.ts";
import { pssParameters } from "./signature-algorithm.ts";

export interface RsaKey {
  readonly modulus: bigint;
  readonly exponent: bigint;
  /** Of the modulus. */
  readonly bytes: number;
  readonly bits: number;
}

export interface CurveOfKey {
  readonly curve: typeof p256;
  readonly bits: number;
}

/** `type` as Node names it; the others where such a key is one that this module can check with. */
export interface PublicKey {
  readonly type: string;
  readonly bits: number | null;
  readonly rsa: RsaKey | null;
  readonly ec: (CurveOfKey & { readonly point: Uint8Array }) | null;
  readonly ed25519: Uint8Array | null;
}

const TYPES: Readonly<Record<string, string>> = {
  "2a864886f70d010101": "rsa",
  "2a864886f70d01010a": "rsa-pss",
  "2a8648ce380401": "dsa",
  "2a8648ce3d0201": "ec",
  "2b6570": "ed25519",
  "2b6571": "ed448",
  "2b656e": "x25519",
  "2b656f": "x448",
};

const CURVES: Readonly<Record<string, CurveOfKey>> = {
  "2a8648ce3d030107": { curve: p256, bits: 256 },
  "2b81040022": { curve: p384, bits: 384 },
  "2b81040023": { curve: p521, bits: 521 },
};

/** Curves that OpenSSL knows and this module does not, with the bytes of a coordinate: their points are only measured. */
const OTHER_CURVES: ReadonlyMap<string, number> = new Map([
  ["2b8104000a", 32], // secp256k1
  // Brainpool (RFC 5639 §4.1), from 160 to 512 bits, each with its twist
  ...[20, 24, 28, 32, 40, 48, 64].flatMap((bytes, i) =>
    [1, 2].map((of) => [`2b240303020801010${(2 * i + of).toString(16)}`, bytes] as const),
  ),
]);

const PLAIN_KEYS: Readonly<Record<string, number>> = { ed25519: 32, ed448: 57, x25519: 32, x448: 56 };

/** Null for a key that cannot be read, or of a kind that is not known. */
export function readPublicKey({ algorithm, parameters, bits: key }: PublicKeyInfo): PublicKey | null {
  const type = TYPES[algorithm];
  if (type === undefined) return null;
  const none = { type, bits: null, rsa: null, ec: null, ed25519: null };
  const plainBytes = PLAIN_KEYS[type];
  if (plainBytes !== undefined) {
    if (key.length !== plainBytes || parameters !== null) return null;
    return { ...none, ed25519: type === "ed25519" ? key : null };
  }
  // Of RSA alone OpenSSL does not look at the parameters.
  if (type === "rsa-pss" && parameters !== null && pssParameters(parameters.encoded) === null) return null;
  if (type === "rsa" || type === "rsa-pss") {
    const rsa = readRsaKey(key);
    return rsa === null ? null : { ...none, bits: rsa.bits, rsa };
  }
  if (type === "dsa") return { ...none, bits: dsaBits(parameters?.encoded ?? new Uint8Array(0)) };
  const oid = parameters?.number === UNIVERSAL.OBJECT ? toHex(parameters.content) : "";
  const known = CURVES[oid];
  if (known === undefined) {
    const bytes = OTHER_CURVES.get(oid);
    const isKey =
      bytes === undefined
        ? bringsCurve(parameters)
        : key.length === 1 + bytes || key.length === 1 + 2 * bytes;
    return isKey ? none : null;
  }
  return isPoint(key, known) ? { ...none, bits: known.bits, ec: { ...known, point: key } } : null;
}

/** OpenSSL takes the point at infinity for a key as well; it signs nothing. */
function isPoint(point: Uint8Array, { curve }: CurveOfKey): boolean {
  if (point.length === 1 && point[0] === 0) return true;
  const [form = 0] = point;
  const last = point.at(-1) ?? 0;
  // The hybrid form says in its first byte whether y is odd (SEC 1 §2.3.3, X9.62), and is plain else.
  const isHybrid = form === 6 || form === 7;
  if (isHybrid && (last & 1) !== (form & 1)) return false;
  const plain = isHybrid ? Uint8Array.from(point, (byte, i) => (i === 0 ? 4 : byte)) : point;
  try {
    curve.Point.fromBytes(plain).assertValidity();
    return true;
  } catch {
    return false;
  }
}

/** ECParameters ::= SEQUENCE { version, fieldID, curve, base, order, cofactor OPTIONAL } (RFC 3279 §2.3.5): as far as its form goes. */
function bringsCurve(parameters: AnyValue | null): boolean {
  if (parameters === null || parameters.tagClass !== 0 || parameters.number !== UNIVERSAL.SEQUENCE)
    return false;
  try {
    return readSequence(new Asn1Reader(parameters.encoded), (inner) => {
      readMagnitude(inner);
      let others = 0;
      while (inner.more()) {
        readAny(inner);
        others++;
      }
      return others >= 4;
    });
  } catch (error) {
    if (error instanceof ParseError) return false;
    throw error;
  }
}

/** RSAPublicKey ::= SEQUENCE { modulus, publicExponent } (RFC 8017 §A.1.1) */
function readRsaKey(key: Uint8Array): RsaKey | null {
  try {
    const [modulus, exponent] = readSequence(
      new Asn1Reader(key),
      (inner) => [readMagnitude(inner), readMagnitude(inner)] as const,
    );
    const bits = modulus === 0n ? 0 : modulus.toString(2).length;
    return { modulus, exponent, bits, bytes: (bits + 7) >> 3 };
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

/** Dss-Parms ::= SEQUENCE { p, q, g } (RFC 3279 §2.3.2) */
function dsaBits(parameters: Uint8Array): number | null {
  try {
    return readSequence(new Asn1Reader(parameters), (inner) => {
      const p = readMagnitude(inner);
      readMagnitude(inner);
      readMagnitude(inner);
      return p.toString(2).length;
    });
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

/** An INTEGER of a key: without a sign, and not only in its shortest form (CBIGNUM, crypto/asn1/x_bignum.c). */
function readMagnitude(reader: Asn1Reader): bigint {
  const { constructed } = reader.peek();
  if (constructed) throw new ParseError({ code: "bad-structure", expected: "a number", found: "a sequence" });
  return magnitudeOf(readString(reader, UNIVERSAL.OCTET_STRING, universalTag(UNIVERSAL.INTEGER)));
}
