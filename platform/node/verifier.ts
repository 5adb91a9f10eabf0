/** SignatureVerifier on Node's OpenSSL, the library that varstored itself calls. */
import { createHash, verify, X509Certificate } from "node:crypto";
import type { SignatureVerifier } from "../../daemon/crypto.ts";
import { equalBytes } from "../../parsers/bytes.ts";
import { readElement } from "../../parsers/efi/der.ts";

const opened = new WeakMap<Uint8Array, X509Certificate | null>();

/** Remembers by array, as the interface allows: a chain is looked at many times. */
function openCertificate(bytes: Uint8Array): X509Certificate | null {
  const known = opened.get(bytes);
  if (known !== undefined) return known;
  const certificate = parseCertificate(bytes);
  opened.set(bytes, certificate);
  return certificate;
}

/** Node takes PEM as well and looks for it first, so what it made is compared with what it was given. */
function parseCertificate(bytes: Uint8Array): X509Certificate | null {
  try {
    const der = readElement(bytes, 0).whole;
    const certificate = new X509Certificate(der);
    return equalBytes(certificate.raw, der) ? certificate : null;
  } catch {
    return null;
  }
}

/** False where OpenSSL cannot work with a key or a signature: neither is good then. */
function holds(check: () => boolean): boolean {
  try {
    return check();
  } catch {
    return false;
  }
}

function keyType(bytes: Uint8Array): string | null {
  try {
    return openCertificate(bytes)?.publicKey.asymmetricKeyType ?? null;
  } catch {
    return null;
  }
}

export const nodeSignatureVerifier: SignatureVerifier = {
  sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
  isCertificate: (bytes) => openCertificate(bytes) !== null,
  keyType,
  isSignedBy: (bytes, issuerBytes) => {
    const issuer = openCertificate(issuerBytes);
    return issuer !== null && holds(() => openCertificate(bytes)?.verify(issuer.publicKey) === true);
  },
  digest: (name, bytes) => new Uint8Array(createHash(name).update(bytes).digest()),
  verifySignature: (bytes, content, signature, digest) => {
    const certificate = openCertificate(bytes);
    return certificate !== null && holds(() => verify(digest, content, certificate.publicKey, signature));
  },
};
