/**
 * SignatureVerifier on Node's OpenSSL, the library that varstored itself calls. Of a certificate that this OpenSSL refuses
 * (`openssl-certificate.ts`) our own reader gives key and signature, and OpenSSL works with those.
 */
import { createHash, type KeyObject, verify, type X509Certificate } from "node:crypto";
import type { SignatureVerifier } from "../../daemon/crypto.ts";
import { type CertificateFields, readCertificateFields } from "../../parsers/efi/x509.ts";
import { readWholeCertificate } from "../portable/certificate-text.ts";
import { isSignedWith } from "../portable/signature-algorithm.ts";
import { opensslCertificate } from "./openssl-certificate.ts";
import { holds, keyOf, useOf } from "./public-key.ts";

/** A certificate by either reader: `openssl` where that takes it, `fields` where it does not. */
interface Opened {
  readonly openssl: X509Certificate | null;
  readonly fields: CertificateFields | null;
  /** Null for a key that OpenSSL cannot work with. */
  readonly key: KeyObject | null;
}

const opened = new WeakMap<Uint8Array, Opened | null>();

/** Remembers by array, as the interface allows: a chain is looked at many times. */
function openCertificate(bytes: Uint8Array): Opened | null {
  const known = opened.get(bytes);
  if (known !== undefined) return known;
  const certificate = readEither(bytes);
  opened.set(bytes, certificate);
  return certificate;
}

function readEither(bytes: Uint8Array): Opened | null {
  const openssl = opensslCertificate(bytes);
  if (openssl !== null) return { openssl, fields: null, key: publicKeyOf(openssl) };
  const fields = readWholeCertificate(bytes);
  return fields === null ? null : { openssl, fields, key: keyOf(fields.publicKey) };
}

function publicKeyOf(certificate: X509Certificate): KeyObject | null {
  try {
    return certificate.publicKey;
  } catch {
    return null;
  }
}

export const nodeSignatureVerifier: SignatureVerifier = {
  sha256: (bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()),
  isCertificate: (bytes) => openCertificate(bytes) !== null,
  keyType: (bytes) => openCertificate(bytes)?.key?.asymmetricKeyType ?? null,
  isSignedBy: (bytes, issuerBytes) => {
    const certificate = openCertificate(bytes);
    const issuer = openCertificate(issuerBytes);
    const key = issuer?.key ?? null;
    if (certificate === null || issuer === null || key === null) return false;
    const { openssl, fields } = certificate;
    if (openssl !== null) return holds(() => openssl.verify(key));
    const told = issuer.fields ?? readCertificateFields(issuerBytes);
    return fields !== null && isSignedWith(fields, useOf(key, told.publicKey));
  },
  digest: (name, bytes) => new Uint8Array(createHash(name).update(bytes).digest()),
  verifySignature: (bytes, content, signature, digest) => {
    const key = openCertificate(bytes)?.key ?? null;
    return key !== null && holds(() => verify(digest, content, key, signature));
  },
};
