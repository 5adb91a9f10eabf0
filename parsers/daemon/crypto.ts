/**
 * What the daemon's mind asks of a cryptographic library, injected as Platform is: certificates come as DER.
 * The same array stands for the same certificate, so an implementation may remember what it made of one.
 */
import type { Platform } from "../platform.ts";

export interface SignatureVerifier extends Pick<Platform, "sha256"> {
  /** False where the bytes do not begin with an X.509 certificate. The other functions are called only where it is true. */
  readonly isCertificate: (certificate: Uint8Array) => boolean;
  /** A plain RSA key (EVP_PKEY_RSA), as varstored wants of every certificate in a list. */
  readonly hasRsaKey: (certificate: Uint8Array) => boolean;
  /** Names, key identifiers and key usage fit; the signature is not looked at (OpenSSL's X509_check_issued). */
  readonly isIssuedBy: (certificate: Uint8Array, issuer: Uint8Array) => boolean;
  /** The certificate's signature is the issuer's (OpenSSL's X509_verify). */
  readonly isSignedBy: (certificate: Uint8Array, issuer: Uint8Array) => boolean;
  /** `signature` over SHA-256 of `content` is of the certificate's key: RSA with PKCS #1 v1.5 padding, or ECDSA in DER. */
  readonly verifySignature: (certificate: Uint8Array, content: Uint8Array, signature: Uint8Array) => boolean;
}
