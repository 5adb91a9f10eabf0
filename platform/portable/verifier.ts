/** SignatureVerifier without OpenSSL: RSA by PKCS #1 v1.5, and ECDSA on P-256, P-384 and P-521. */
import type { SignatureVerifier } from "../../daemon/crypto.ts";
import type { CertificateFields } from "../../parsers/efi/x509.ts";
import { readWholeCertificate } from "./certificate.ts";
import { hashNamed, sha256 } from "./hashes.ts";
import { holds, openKey, type PublicKey } from "./keys.ts";

interface Opened extends CertificateFields {
  readonly key: PublicKey | null;
}

const opened = new WeakMap<Uint8Array, Opened | null>();

/** Remembers by array, as the interface allows: a chain is looked at many times. */
function openCertificate(bytes: Uint8Array): Opened | null {
  const known = opened.get(bytes);
  if (known !== undefined) return known;
  const certificate = readOpened(bytes);
  opened.set(bytes, certificate);
  return certificate;
}

function readOpened(bytes: Uint8Array): Opened | null {
  try {
    const fields = readWholeCertificate(bytes);
    return { ...fields, key: openKey(fields.publicKey) };
  } catch {
    return null;
  }
}

/** Signature algorithms, by object identifier in hexadecimal: the digest of each (RFC 8017 §A.2.4, RFC 5758 §3.2, RFC 3279 §2.2). */
const DIGESTS: ReadonlyMap<string, string> = new Map([
  ["2a864886f70d010104", "md5"],
  ["2a864886f70d010105", "sha1"],
  ["2b0e03021d", "sha1"],
  ["2a864886f70d01010e", "sha224"],
  ["2a864886f70d01010b", "sha256"],
  ["2a864886f70d01010c", "sha384"],
  ["2a864886f70d01010d", "sha512"],
  ["2a8648ce3d0401", "sha1"],
  ["2a8648ce3d040301", "sha224"],
  ["2a8648ce3d040302", "sha256"],
  ["2a8648ce3d040303", "sha384"],
  ["2a8648ce3d040304", "sha512"],
]);

export const portableSignatureVerifier: SignatureVerifier = {
  sha256,
  isCertificate: (bytes) => openCertificate(bytes) !== null,
  keyType: (bytes) => openCertificate(bytes)?.key?.type ?? null,
  isSignedBy: (bytes, issuerBytes) => {
    const certificate = openCertificate(bytes);
    const key = openCertificate(issuerBytes)?.key ?? null;
    if (certificate === null || key === null || !certificate.hasOneAlgorithm) return false;
    const digest = DIGESTS.get(certificate.signatureAlgorithm);
    return digest !== undefined && holds(key, digest, certificate.tbsCertificate, certificate.signature);
  },
  digest: (name, bytes) => {
    const hash = hashNamed(name);
    if (hash === null) throw new TypeError(`no digest is named ${name}`);
    return hash(bytes);
  },
  verifySignature: (bytes, content, signature, digest) => {
    const key = openCertificate(bytes)?.key ?? null;
    return key !== null && holds(key, digest, content, signature);
  },
};
