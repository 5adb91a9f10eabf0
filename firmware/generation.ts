/**
 * The builds of EDK2 that are told apart. 202208 is what XCP-ng 8.3 starts VMs with (xcp-ng-rpms/edk2); `newer` is
 * edk2-stable202311 and later. XCP-ng 8.2's of 2018 was compared with nothing, so nothing is said of it.
 */
import type { SignatureVerifier } from "../daemon/crypto.ts";

export const GENERATIONS = ["202208", "newer"] as const;
export type Generation = (typeof GENERATIONS)[number];

/** Digests by which an image that is not signed is looked up, in their order: the others came with stable202311. */
export function unsignedDigests(generation: Generation): readonly string[] {
  return generation === "202208" ? ["sha256"] : ["sha512", "sha384", "sha256", "sha1"];
}

/** Built without elliptic curves (OPENSSL_NO_EC), 202208 has no use for such a key. */
export function verifierOf(generation: Generation, verifier: SignatureVerifier): SignatureVerifier {
  return generation === "202208" ? withoutCurves(verifier) : verifier;
}

export function withoutCurves(verifier: SignatureVerifier): SignatureVerifier {
  const isCurve = (certificate: Uint8Array): boolean => verifier.keyType(certificate) === "ec";
  return {
    ...verifier,
    keyType: (certificate) => (isCurve(certificate) ? null : verifier.keyType(certificate)),
    isSignedBy: (certificate, issuer) => !isCurve(issuer) && verifier.isSignedBy(certificate, issuer),
    verifySignature: (certificate, content, signature, digest) =>
      !isCurve(certificate) && verifier.verifySignature(certificate, content, signature, digest),
  };
}
