/**
 * Cryptography that `daemon/` needs; each platform implements it. Certificates are DER. An array with a certificate never changes,
 * so an implementation may remember results by the array.
 */
import type { Platform } from "../parsers/platform.ts";

export interface SignatureVerifier extends Pick<Platform, "sha256"> {
  /** False where the bytes do not begin with an X.509 certificate. The other functions are called only where it is true. */
  readonly isCertificate: (certificate: Uint8Array) => boolean;
  /** Such as `rsa`, `rsa-pss`, `ec`; null where the key cannot be read. varstored wants `rsa` of every certificate in a list. */
  readonly keyType: (certificate: Uint8Array) => string | null;
  /** The certificate's signature is the issuer's (OpenSSL's X509_verify). */
  readonly isSignedBy: (certificate: Uint8Array, issuer: Uint8Array) => boolean;
  /** By the name that OpenSSL has for the digest. */
  readonly digest: (name: string, bytes: Uint8Array) => Uint8Array;
  /** `signature` over the digest of `content` is of the certificate's key: RSA with PKCS #1 v1.5 padding, or ECDSA in DER. */
  readonly verifySignature: (
    certificate: Uint8Array,
    content: Uint8Array,
    signature: Uint8Array,
    digest: string,
  ) => boolean;
}
