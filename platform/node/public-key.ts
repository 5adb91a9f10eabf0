/** Keys of certificates that only our own reader takes: OpenSSL works with them all the same. */
import { constants, type KeyObject } from "node:crypto";
import { concatBytes } from "../../parsers/bytes.ts";
import { encode, UNIVERSAL } from "../../parsers/efi/asn1.ts";
import type { PublicKeyInfo } from "../../parsers/efi/x509.ts";
import type { KeyUse } from "../portable/signature-algorithm.ts";
import { nodeCrypto } from "./crypto.ts";

/** 1.2.840.113549.1.1.1 */
const OID_RSA = "2a864886f70d010101";
const NO_UNUSED_BITS = Uint8Array.of(0);
const NO_BYTES = new Uint8Array(0);

/** Null for a key that OpenSSL cannot work with. */
export function keyOf({ algorithm, parameters, bits }: PublicKeyInfo): KeyObject | null {
  // Parameters of a plain RSA key are nothing to OpenSSL, but a too short time among them is.
  if (algorithm === OID_RSA) return plainRsaKey(bits);
  return publicKey(algorithm, parameters?.encoded ?? NO_BYTES, bits);
}

function plainRsaKey(bits: Uint8Array): KeyObject | null {
  return publicKey(OID_RSA, encode(UNIVERSAL.NULL, NO_BYTES), bits);
}

/** SubjectPublicKeyInfo (RFC 5280 §4.1). */
function publicKey(algorithm: string, parameters: Uint8Array, bits: Uint8Array): KeyObject | null {
  const object = encode(UNIVERSAL.OBJECT, Buffer.from(algorithm, "hex"));
  const key = encode(
    UNIVERSAL.SEQUENCE,
    concatBytes([
      encode(UNIVERSAL.SEQUENCE, concatBytes([object, parameters])),
      encode(UNIVERSAL.BIT_STRING, concatBytes([NO_UNUSED_BITS, bits])),
    ]),
  );
  try {
    return nodeCrypto().createPublicKey({ key: Buffer.from(key), format: "der", type: "spki" });
  } catch {
    return null;
  }
}

/** What OpenSSL does with a key; `bits` are those that stand in the certificate. */
export function useOf(key: KeyObject, { bits }: PublicKeyInfo): KeyUse {
  const { createHash, publicDecrypt, verify } = nodeCrypto();
  const type = key.asymmetricKeyType ?? "unknown";
  return {
    type,
    verify: (digest, content, signature) => holds(() => verify(digest, content, key, signature)),
    verifyEd25519: (content, signature) =>
      type === "ed25519" && holds(() => verify(null, content, key, signature)),
    open: (signature) => {
      if (type !== "rsa" && type !== "rsa-pss") return null;
      // A key that is for PSS alone has the same numbers.
      const plain = type === "rsa" ? key : plainRsaKey(bits);
      const modulusBits = plain?.asymmetricKeyDetails?.modulusLength;
      if (plain === null || modulusBits === undefined) return null;
      try {
        const encoded = publicDecrypt({ key: plain, padding: constants.RSA_NO_PADDING }, signature);
        return { encoded: new Uint8Array(encoded), modulusBits };
      } catch {
        return null;
      }
    },
    digest: (name, bytes) => new Uint8Array(createHash(name).update(bytes).digest()),
  };
}

/** False where OpenSSL cannot work with a key or a signature: neither is good then. */
export function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}
