/** SignatureVerifier without OpenSSL, for browsers. */
import type { SignatureVerifier } from "../../daemon/crypto.ts";
import type { CertificateFields } from "../../parsers/efi/x509.ts";
import { readWholeCertificate } from "./certificate-text.ts";
import { hashNamed, sha256 } from "./hashes.ts";
import { type PublicKey, readPublicKey } from "./public-key.ts";
import { useOf, verifyDigest } from "./signature.ts";
import { isSignedWith } from "./signature-algorithm.ts";

interface Opened {
  readonly fields: CertificateFields;
  readonly key: PublicKey | null;
}

const opened = new WeakMap<Uint8Array, Opened | null>();

/** Remembers by array, as the interface allows: a chain is looked at many times. */
function open(bytes: Uint8Array): Opened | null {
  const known = opened.get(bytes);
  if (known !== undefined) return known;
  const fields = readWholeCertificate(bytes);
  const made = fields === null ? null : { fields, key: readPublicKey(fields.publicKey) };
  opened.set(bytes, made);
  return made;
}

export const portableSignatureVerifier: SignatureVerifier = {
  sha256,
  isCertificate: (bytes) => open(bytes) !== null,
  keyType: (bytes) => open(bytes)?.key?.type ?? null,
  isSignedBy: (bytes, issuerBytes) => {
    const certificate = open(bytes);
    const key = open(issuerBytes)?.key ?? null;
    return certificate !== null && key !== null && isSignedWith(certificate.fields, useOf(key));
  },
  digest: (name, bytes) => {
    const hash = hashNamed(name);
    if (hash === null) throw new Error(`no digest ${name}`);
    return hash(bytes);
  },
  verifySignature: (bytes, content, signature, name) => {
    const key = open(bytes)?.key ?? null;
    return key !== null && verifyDigest(key, content, signature, name);
  },
};
