/** Kinds of keys and curves. */
import { toHex } from "../parsers/bytes.ts";
import { UNIVERSAL } from "../parsers/efi/asn1.ts";
import type { PublicKeyInfo } from "../parsers/efi/x509.ts";

/** As reports name them, by Node's names. */
export const KEY_NAMES: Readonly<Record<string, string>> = {
  rsa: "RSA",
  "rsa-pss": "RSA-PSS",
  dsa: "DSA",
  ec: "EC",
  ed25519: "Ed25519",
  ed448: "Ed448",
};

/** P-256, P-384 and P-521 by the content of their object identifiers (RFC 5480 §2.1.1.1). */
const CURVE_BITS: Readonly<Record<string, number>> = {
  "2a8648ce3d030107": 256,
  "2b81040022": 384,
  "2b81040023": 521,
};

/** Null for a curve that is none of the three, and for one that the key brings itself. */
export function curveBits({ parameters }: PublicKeyInfo): number | null {
  return parameters?.number === UNIVERSAL.OBJECT ? (CURVE_BITS[toHex(parameters.content)] ?? null) : null;
}
