/**
 * PKCS7_verify as varstored calls it (handler.c, pkcs7_verify): detached content, PKCS7_BINARY. The chain of each signer
 * is asked in certificate-chain.ts.
 */
import { equalBytes } from "../parsers/bytes.ts";
import { readSignedData, type SignedData, type SignerInfo } from "../parsers/efi/pkcs7.ts";
import { type Answer, all, Undecided } from "./answer.ts";
import { isTrusted } from "./certificate-chain.ts";
import type { SignatureVerifier } from "./crypto.ts";
import { type OpenedCertificate, openFields, orNull } from "./opened-certificate.ts";
import { digestNamed } from "./signature-algorithms.ts";

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
    .map((fields) => openFields(fields, verifier))
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

/** Every signer is trusted or below the trusted certificate, and every signature is made over `content`. */
export function verifySignature(
  signature: OpenedSignature,
  content: Uint8Array,
  trusted: OpenedCertificate,
  verifier: SignatureVerifier,
): Answer {
  return all([
    ...signature.signers.map(
      ({ certificate }) =>
        () =>
          isTrusted(certificate, signature.certificates, trusted, verifier),
    ),
    () => signsContent(signature, content, verifier),
  ]);
}

/** True where every signature is made over `content` by the key of its signer, trusted or not. */
export function signsContent(
  { signedData, signers }: OpenedSignature,
  content: Uint8Array,
  verifier: SignatureVerifier,
): Answer {
  const known = signedData.digestAlgorithms.map(digestNamed);
  const digests = known.filter((name) => name !== null);
  const [first] = digests;
  // PKCS7_dataInit fails where it does not know one of them.
  if (first === undefined || digests.length < known.length) return false;
  return all(signers.map((signer) => () => holds(signer, { content, digests, first }, verifier)));
}

interface Signed {
  readonly content: Uint8Array;
  /** Those that the SignedData announces. */
  readonly digests: readonly string[];
  readonly first: string;
}

/** PKCS7_signatureVerify */
function holds({ info, certificate }: Signer, signed: Signed, verifier: SignatureVerifier): Answer {
  const { authenticatedAttributes, messageDigest, digestAlgorithm, signature } = info;
  const digest = digestNamed(digestAlgorithm);
  if (digest === null) return holdsWithoutDigest(info, certificate, signed, verifier);
  if (!signed.digests.includes(digest)) return false;
  if (authenticatedAttributes === null)
    return verifier.verifySignature(certificate.der, signed.content, signature, digest);
  if (messageDigest === null || !equalBytes(messageDigest, verifier.digest(digest, signed.content)))
    return false;
  return verifier.verifySignature(certificate.der, authenticatedAttributes, signature, digest);
}

/**
 * A digest that OpenSSL has no name for at all is taken for the first that was announced, as both have the number 0
 * where PKCS7_signatureVerify compares them. Whether it has a name for this one depends on its table of 1200.
 */
function holdsWithoutDigest(
  { authenticatedAttributes, signature, digestAlgorithm }: SignerInfo,
  certificate: OpenedCertificate,
  { content, first }: Signed,
  verifier: SignatureVerifier,
): Answer {
  if (authenticatedAttributes !== null) return false;
  if (!verifier.verifySignature(certificate.der, content, signature, first)) return false;
  return new Undecided(
    `whether OpenSSL has a name for the digest algorithm with the bytes ${digestAlgorithm}`,
  );
}
