/**
 * PKCS7_verify as varstored calls it (handler.c, pkcs7_verify): detached content, PKCS7_BINARY, one trusted certificate,
 * X509_V_FLAG_PARTIAL_CHAIN (the trusted one need not be a root), no check of validity dates, any purpose.
 */
import { equalBytes } from "../bytes.ts";
import { readElement } from "../efi/der.ts";
import { readSignedData, type SignedData, type SignerInfo } from "../efi/pkcs7.ts";
import { type CertificateFields, readCertificateFields } from "../efi/x509.ts";
import { ParseError } from "../errors.ts";
import type { SignatureVerifier } from "./crypto.ts";

/** 2.16.840.1.101.3.4.2.1; the daemon registers no other digest (handler.c, setup_crypto). */
const OID_SHA256 = "608648016503040201";

export interface OpenedCertificate {
  /** The certificate alone, without bytes behind it. */
  readonly der: Uint8Array;
  readonly fields: CertificateFields;
}

/** Null where d2i_X509 would fail; bytes behind the certificate are ignored, as it does. */
export function openCertificate(bytes: Uint8Array, verifier: SignatureVerifier): OpenedCertificate | null {
  return orNull(() => {
    const der = readElement(bytes, 0).whole;
    return verifier.isCertificate(der) ? { der, fields: readCertificateFields(der) } : null;
  });
}

/** The border of the ASN.1 layer: what cannot be read is no signature, whatever the reason. */
function orNull<T>(read: () => T | null): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof ParseError) return null;
    throw error;
  }
}

interface Signer {
  readonly info: SignerInfo;
  readonly certificate: OpenedCertificate;
}

/** A signature that could be read, with the certificate of each signer found among those sent along. */
export interface OpenedSignature {
  readonly signedData: SignedData;
  readonly certificates: readonly OpenedCertificate[];
  /** Never empty. */
  readonly signers: readonly [Signer, ...Signer[]];
}

/** `contentInfo` wrapped. Null where d2i_PKCS7 or PKCS7_get0_signers would fail. */
export function openSignature(contentInfo: Uint8Array, verifier: SignatureVerifier): OpenedSignature | null {
  const signedData = orNull(() => readSignedData(contentInfo));
  if (signedData === null) return null;
  const certificates = signedData.certificates
    .map((der) => openCertificate(der, verifier))
    .filter((certificate) => certificate !== null);
  if (certificates.length < signedData.certificates.length) return null;
  const signers = signedData.signers
    .map((info) => findSigner(info, certificates))
    .filter((signer) => signer !== null);
  const [first, ...others] = signers;
  if (first === undefined || signers.length < signedData.signers.length) return null;
  return { signedData, certificates, signers: [first, ...others] };
}

/** PKCS7_cert_from_signer_info. */
function findSigner(info: SignerInfo, certificates: readonly OpenedCertificate[]): Signer | null {
  const certificate = certificates.find(
    ({ fields }) => fields.issuer === info.issuer && equalBytes(fields.serialNumber, info.serialNumber),
  );
  return certificate === undefined ? null : { info, certificate };
}

/** True where every signer is trusted through `trusted` and every signature is made over `content`. */
export function verifySignature(
  signature: OpenedSignature,
  content: Uint8Array,
  trusted: OpenedCertificate,
  verifier: SignatureVerifier,
): boolean {
  return (
    signature.signers.every(({ certificate }) =>
      isTrusted(certificate, signature.certificates, trusted, verifier),
    ) && signsContent(signature, content, verifier)
  );
}

/** True where every signature is made over `content` by the key of its signer, trusted or not. */
export function signsContent(
  signature: OpenedSignature,
  content: Uint8Array,
  verifier: SignatureVerifier,
): boolean {
  const { signedData, signers } = signature;
  if (!signedData.digestAlgorithms.includes(OID_SHA256)) return false;
  return signers.every(({ info, certificate }) => {
    if (info.digestAlgorithm !== OID_SHA256) return false;
    const { authenticatedAttributes, messageDigest } = info;
    if (authenticatedAttributes === null)
      return verifier.verifySignature(certificate.der, content, info.signature);
    if (messageDigest === null || !equalBytes(messageDigest, verifier.sha256(content))) return false;
    return verifier.verifySignature(certificate.der, authenticatedAttributes, info.signature);
  });
}

/** OpenSSL's build_chain, check_extensions and internal_verify with one trusted certificate. */
function isTrusted(
  signer: OpenedCertificate,
  sentAlong: readonly OpenedCertificate[],
  trusted: OpenedCertificate,
  verifier: SignatureVerifier,
): boolean {
  const path = pathUpwards(signer, sentAlong, verifier);
  const issuers = issuersToTrusted(path, trusted, verifier);
  if (issuers === null || issuers.some(({ fields }) => !fields.mayIssue)) return false;
  return issuers.every((issuer, i) => verifier.isSignedBy(path[i]?.der ?? signer.der, issuer.der));
}

/**
 * What stands above the signer in the chain, null where it does not come to the trusted certificate. At each step up
 * that one is tried before those that were sent along. A signer that is the trusted certificate itself is found only
 * when all that fails, so its chain keeps the issuers that were sent along, and they must be good.
 */
function issuersToTrusted(
  path: readonly OpenedCertificate[],
  trusted: OpenedCertificate,
  verifier: SignatureVerifier,
): readonly OpenedCertificate[] | null {
  const last = path.findIndex(
    ({ der, fields }) => !isSelfIssued(fields) && verifier.isIssuedBy(der, trusted.der),
  );
  if (last >= 0) return [...path.slice(1, last + 1), trusted];
  return path[0] !== undefined && equalBytes(path[0].der, trusted.der) ? path.slice(1) : null;
}

/** The signer and its issuers among the certificates sent along, each used once, up to a self-issued one. */
function pathUpwards(
  signer: OpenedCertificate,
  sentAlong: readonly OpenedCertificate[],
  verifier: SignatureVerifier,
): OpenedCertificate[] {
  const path = [signer];
  const unused = new Set(sentAlong);
  let top: OpenedCertificate | undefined = signer;
  while (top !== undefined && !isSelfIssued(top.fields)) {
    const { der, fields }: OpenedCertificate = top;
    top = [...unused].find(
      (issuer) => fields.issuer === issuer.fields.subject && verifier.isIssuedBy(der, issuer.der),
    );
    if (top === undefined) break;
    unused.delete(top);
    path.push(top);
  }
  return path;
}

function isSelfIssued(fields: CertificateFields): boolean {
  return fields.issuer === fields.subject;
}
