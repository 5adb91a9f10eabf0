/**
 * X509_verify_cert of OpenSSL 3.0 (crypto/x509/x509_vfy.c) as varstored has it called: one trusted certificate, which need
 * not be a root (X509_V_FLAG_PARTIAL_CHAIN), no dates (X509_V_FLAG_NO_CHECK_TIME), any purpose, trusted ones first.
 */
import { equalBytes } from "../parsers/bytes.ts";
import { type Answer, BrokenChain, Undecided } from "./answer.ts";
import type { SignatureVerifier } from "./crypto.ts";
import { checkNameConstraints } from "./name-constraints.ts";
import type { OpenedCertificate } from "./opened-certificate.ts";
import { canSign } from "./signature-algorithms.ts";

/** keyCertSign in KeyUsage. */
const KEY_CERT_SIGN = 0x04;
/** sslCA, emailCA, objCA of Netscape's certificate type. */
const NETSCAPE_ANY_CA = 0x07;

/** Is the signer the trusted certificate, or below it? `sentAlong` are the certificates of the signature. */
export function isTrusted(
  signer: OpenedCertificate,
  sentAlong: readonly OpenedCertificate[],
  trusted: OpenedCertificate,
  verifier: SignatureVerifier,
): Answer {
  const chain = buildChain(signer, sentAlong, trusted, verifier);
  if (chain === null) return false;
  const fault = faultOfExtensions(chain, verifier);
  if (fault !== null) return new BrokenChain(fault);
  // X509_get_pubkey_parameters wants a key of the signer.
  if (verifier.keyType(signer.der) === null) return new BrokenChain("the signer has no key that can be read");
  if (!isEachSignedByTheNext(chain, verifier))
    return new BrokenChain("a certificate between the two is not signed by the one above it");
  const names = checkNameConstraints(chain);
  if (names === "violated")
    return new BrokenChain("a name breaks a name constraint of a certificate above it");
  if (names === "unknown") return new Undecided("an internationalised mail address under a name constraint");
  if (chain.some(({ extensions }) => extensions.hasResources))
    return new Undecided("the IP addresses or AS numbers that a certificate of the chain lists (RFC 3779)");
  return true;
}

function isSelfIssued({ fields }: OpenedCertificate): boolean {
  return fields.issuer === fields.subject;
}

/** EXFLAG_SS, without a look at the signature. */
function isSelfSigned(certificate: OpenedCertificate, verifier: SignatureVerifier): boolean {
  return isSelfIssued(certificate) && isLikelyIssued(certificate, certificate, verifier);
}

/** ossl_x509_likely_issued: names, key identifiers and the kind of key fit. */
function isLikelyIssued(
  subject: OpenedCertificate,
  issuer: OpenedCertificate,
  verifier: SignatureVerifier,
): boolean {
  if (subject.fields.issuer !== issuer.fields.subject) return false;
  if (subject.extensions.isInvalid || issuer.extensions.isInvalid) return false;
  if (!fitsKeyId(subject, issuer)) return false;
  const keyType = verifier.keyType(issuer.der);
  return keyType !== null && canSign(keyType, subject.fields.signatureAlgorithm);
}

/** X509_check_akid: what the one says of its issuer and the other of itself. */
function fitsKeyId({ extensions }: OpenedCertificate, issuer: OpenedCertificate): boolean {
  const { authorityKeyId } = extensions;
  if (authorityKeyId === null) return true;
  const { keyId, serialNumber, issuer: issuersIssuer } = authorityKeyId;
  const { subjectKeyId } = issuer.extensions;
  if (keyId !== null && subjectKeyId !== null && !equalBytes(keyId, subjectKeyId)) return false;
  if (serialNumber !== null && !equalBytes(serialNumber, issuer.fields.serialNumber)) return false;
  return issuersIssuer === null || issuersIssuer === issuer.fields.issuer;
}

/**
 * From the signer up. At each step the trusted certificate is tried before those that were sent along. A signer that is
 * the trusted certificate itself is found only when all that fails, so its chain keeps the issuers that were sent along,
 * and they must be good. Null where no chain comes to the trusted certificate.
 */
function buildChain(
  signer: OpenedCertificate,
  sentAlong: readonly OpenedCertificate[],
  trusted: OpenedCertificate,
  verifier: SignatureVerifier,
): readonly OpenedCertificate[] | null {
  const chain = [signer];
  const unused = new Set(sentAlong);
  for (let top: OpenedCertificate | undefined = signer; top !== undefined; ) {
    const subject: OpenedCertificate = top;
    const selfSigned = isSelfSigned(subject, verifier);
    if (isLikelyIssued(subject, trusted, verifier)) {
      // X509_self_signed fails without a key, and with it all.
      if (verifier.keyType(subject.der) === null) return null;
      if (!selfSigned) return [...chain, trusted];
      if (equalBytes(subject.der, trusted.der)) return chain;
    }
    if (selfSigned) break;
    const mayBeUsedAgain = isSelfIssued(subject) && chain.length === 1;
    top = [...unused].find(
      (issuer) =>
        isLikelyIssued(subject, issuer, verifier) &&
        (mayBeUsedAgain || !chain.some(({ der }) => equalBytes(der, issuer.der))),
    );
    if (top === undefined) break;
    unused.delete(top);
    chain.push(top);
  }
  return equalBytes(signer.der, trusted.der) ? chain : null;
}

/** check_extensions: what is wrong, null where nothing is. */
function faultOfExtensions(chain: readonly OpenedCertificate[], verifier: SignatureVerifier): string | null {
  let pathLength = 0n;
  for (const [i, certificate] of chain.entries()) {
    const { fields, extensions } = certificate;
    if (extensions.unknownCritical)
      return "a certificate has a critical extension that OpenSSL does not know";
    if (extensions.isProxy) return "a certificate is a proxy certificate";
    if (i > 0 && !mayIssue(certificate, i === chain.length - 1, verifier))
      return "a certificate above the signer is no certificate authority";
    if (chain.length > 1 && (fields.hasExplicitCurve || verifier.keyType(certificate.der) === null))
      return "a certificate has a key that cannot be read, or a curve of its own";
    if (i > 1 && extensions.pathLength !== null && pathLength > extensions.pathLength)
      return `a certificate allows ${extensions.pathLength} certificate authorities below it, and there are ${pathLength}`;
    if (i > 0 && !isSelfIssued(certificate)) pathLength++;
  }
  return null;
}

/** check_ca: all but the last one must say in their constraints that they are authorities. */
function mayIssue(certificate: OpenedCertificate, isLast: boolean, verifier: SignatureVerifier): boolean {
  const { isInvalid, keyUsage, isAuthority, netscapeCertType } = certificate.extensions;
  if (isInvalid) return false;
  if (keyUsage !== null && (keyUsage & KEY_CERT_SIGN) === 0) return false;
  if (isAuthority !== null) return isAuthority;
  if (!isLast) return false;
  const isVersion1 = certificate.fields.version === 0;
  if (isVersion1 && isSelfSigned(certificate, verifier)) return true;
  return keyUsage !== null || ((netscapeCertType ?? 0) & NETSCAPE_ANY_CA) !== 0;
}

/** internal_verify. The last one's own signature is not looked at. */
function isEachSignedByTheNext(chain: readonly OpenedCertificate[], verifier: SignatureVerifier): boolean {
  return chain.slice(1).every((issuer, i) => {
    const subject = chain[i];
    return subject !== undefined && verifier.isSignedBy(subject.der, issuer.der);
  });
}
