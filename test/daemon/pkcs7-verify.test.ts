/** Which signatures hold, by chains of test certificates. Every expectation here is what OpenSSL's PKCS7_verify answers. */
import { describe, expect, test } from "vitest";
import { openCertificate } from "../../daemon/opened-certificate.ts";
import { openSignature, signsContent, verifySignature } from "../../daemon/pkcs7-verify.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { PARSER_LIMITS } from "../../parsers/limits.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import {
  der,
  type Identity,
  makeIdentity,
  type SignatureOptions,
  signContent,
  wrapInContentInfo,
} from "../builders/signing.ts";

const CONTENT = Uint8Array.from({ length: 100 }, (_, i) => i);

/** Does a signature of `signers` hold where `trusted` is the one certificate that is trusted? */
function holds(trusted: Identity, signers: readonly Identity[], options: SignatureOptions = {}): boolean {
  return holdsBytes(trusted, wrapInContentInfo(signContent(CONTENT, signers, options)));
}

function holdsBytes(trusted: Identity, contentInfo: Uint8Array): boolean {
  const signature = openSignature(contentInfo, nodeSignatureVerifier);
  const certificate = openCertificate(trusted.certificate, nodeSignatureVerifier);
  if (signature === null || certificate === null) return false;
  return verifySignature(signature, CONTENT, certificate, nodeSignatureVerifier) === true;
}

function sentAlong(...identities: readonly Identity[]): SignatureOptions {
  return { certificates: identities.map(({ certificate }) => certificate) };
}

const root = makeIdentity("Root");
const middle = makeIdentity("Middle", { issuer: root });
const leaf = makeIdentity("Leaf", { issuer: middle, isAuthority: false });
const stranger = makeIdentity("Stranger");

describe("the trusted certificate", () => {
  test("may be the signer, an issuer in between, or the root", () => {
    const all = sentAlong(root, leaf, middle);
    expect([leaf, middle, root, stranger].map((trusted) => holds(trusted, [leaf], all))).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });

  test("need not be sent along, but every issuer below it must be", () => {
    expect(holds(middle, [leaf])).toBe(true);
    expect(holds(root, [leaf])).toBe(false);
    expect(holds(root, [leaf], sentAlong(leaf, middle))).toBe(true);
  });

  test("is not replaced by one of the same name", () => {
    expect(holds(makeIdentity("Root"), [root])).toBe(false);
    expect(holds(makeIdentity("Middle", { issuer: root }), [leaf])).toBe(false);
  });

  test("may have an elliptic key, as no check of a signer asks for RSA", () => {
    const elliptic = makeIdentity("Elliptic", { elliptic: true });
    expect(holds(elliptic, [elliptic])).toBe(true);
    expect(holds(elliptic, [makeIdentity("Below", { issuer: elliptic })])).toBe(true);
  });
});

describe("an issuer", () => {
  const below = (options: Parameters<typeof makeIdentity>[1]): boolean => {
    const issuer = makeIdentity("Issuer", options);
    return holds(issuer, [makeIdentity("Below", { issuer })]);
  };

  test("must be an authority: by its constraints, by its key usage, or as a root of version 1", () => {
    expect(below({ isAuthority: true, keyUsage: 0x04 })).toBe(true);
    expect(below({ isAuthority: false })).toBe(false);
    expect(below({ isAuthority: true, keyUsage: 0x80 })).toBe(false);
    expect(below({ version1: true })).toBe(true);
    expect(below({ version1: true, issuer: root })).toBe(false);
  });

  test("must have signed what it is said to have issued", () => {
    const forged = makeIdentity("Leaf", { issuer: middle, forger: stranger });
    expect(holds(middle, [forged])).toBe(false);
    const forgedMiddle = makeIdentity("Middle", { issuer: root, forger: stranger });
    expect(holds(root, [makeIdentity("Below", { issuer: forgedMiddle })], sentAlong(forgedMiddle))).toBe(
      false,
    );
  });

  test("above a trusted signer must be good where it is sent along", () => {
    const issuer = makeIdentity("Issuer", { isAuthority: false });
    const below = makeIdentity("Below", { issuer });
    expect(holds(below, [below])).toBe(true);
    expect(holds(below, [below], sentAlong(below, issuer))).toBe(false);
  });
});

describe("a signature", () => {
  test("needs a signer, and each signer must be trusted and right", () => {
    expect(holds(root, [])).toBe(false);
    expect(holds(root, [root, root])).toBe(true);
    expect(holds(root, [root, stranger])).toBe(false);
    expect(holds(root, [root], sentAlong(stranger))).toBe(false);
  });

  test("is made over the content or over attributes with its digest", () => {
    expect(holds(root, [root], { throughAttributes: true })).toBe(true);
    expect(holds(root, [root], { throughAttributes: true, messageDigest: new Uint8Array(32) })).toBe(false);
    const signature = openSignature(wrapInContentInfo(signContent(CONTENT, [root])), nodeSignatureVerifier)!;
    expect(signsContent(signature, CONTENT, nodeSignatureVerifier)).toBe(true);
    expect(signsContent(signature, CONTENT.subarray(1), nodeSignatureVerifier)).toBe(false);
  });

  test("may be made with any digest that OpenSSL 3 knows: it is varstored that looks for SHA-256 before", () => {
    expect(holds(root, [root], { digest: "sha384" })).toBe(true);
    expect(holds(root, [root], { digest: "sha384", throughAttributes: true })).toBe(true);
  });

  test("may be followed by bytes outside its ContentInfo, not inside", () => {
    const signedData = signContent(CONTENT, [root]);
    expect(holdsBytes(root, concatBytes([wrapInContentInfo(signedData), Uint8Array.of(1, 2)]))).toBe(true);
    expect(holdsBytes(root, wrapInContentInfo(concatBytes([signedData, der(0x05)])))).toBe(false);
  });

  test("is refused with something among its certificates that is none", () => {
    const certificates = [root.certificate, der(0x30, der(0x02, Uint8Array.of(1)))];
    expect(holds(root, [root], { certificates })).toBe(false);
  });

  test("may bring 64 certificates, not 65", () => {
    const copies = (count: number): SignatureOptions => ({
      certificates: new Array(count).fill(root.certificate),
    });
    expect(holds(root, [root], copies(PARSER_LIMITS.maxEmbeddedCertificates))).toBe(true);
    expect(holds(root, [root], copies(PARSER_LIMITS.maxEmbeddedCertificates + 1))).toBe(false);
  });
});
