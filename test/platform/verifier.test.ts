/** Certificates and signatures without OpenSSL are what OpenSSL makes of them. */
import { generateKeyPairSync, sign } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../parsers/bytes.ts";
import { readCertificate as nodeCertificate } from "../../platform/node/certificate.ts";
import { nodeSignatureVerifier as node } from "../../platform/node/verifier.ts";
import { readCertificate } from "../../platform/portable/certificate.ts";
import { portableSignatureVerifier as portable } from "../../platform/portable/verifier.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../builders/sample-keys.ts";
import { distinguishedName, makeIdentity } from "../builders/signing.ts";
import { TEST_DO_NOT_TRUST_PK, TEST_EC_KEK, TEST_EXPIRED_DB } from "../builders/test-certificates.ts";
import { expectDaemons } from "./daemons-openssl.ts";
import { DIGESTS, MORE_DIGESTS } from "./digest-names.ts";

const ecKey = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve }).privateKey;
const root = makeIdentity("Root");
const p256 = makeIdentity("P-256", { elliptic: true });
const p384 = makeIdentity("P-384", { key: ecKey("secp384r1") });
const p521 = makeIdentity("P-521", { key: ecKey("secp521r1") });
const signers = [root, p256, p384, p521];
const below = signers.map((issuer) => makeIdentity(`below ${issuer.commonName}`, { issuer }));
const strange = [
  makeIdentity("Ed25519", { key: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey }),
  makeIdentity("other curve", { issuer: root, key: ecKey("secp256k1") }),
  makeIdentity("version 1", { issuer: root, version1: true }),
  makeIdentity("forged", { issuer: root, forger: p256 }),
  makeIdentity(null, {
    issuer: root,
    name: distinguishedName(
      ["550406", "DE"],
      ["55040a", 'A, "B" + <C>; \\ # '],
      ["2a0385a30104", "\n\u0000\u007f"],
      ["550403", " Nämé 𝄞"],
    ),
  }),
  makeIdentity(null, { issuer: root, name: distinguishedName() }),
];
const CERTIFICATES = [
  ...[...signers, ...below, ...strange].map(({ certificate }) => certificate),
  ...[SAMPLE_PK, SAMPLE_KEK, SAMPLE_DB, TEST_EC_KEK, TEST_EXPIRED_DB, TEST_DO_NOT_TRUST_PK],
];

function expectSame(bytes: Uint8Array): void {
  expect(readCertificate(bytes)).toEqual(nodeCertificate(bytes));
  expect(portable.isCertificate(bytes)).toBe(node.isCertificate(bytes));
  expect(portable.keyType(bytes)).toBe(node.keyType(bytes));
}

describe("certificates without OpenSSL", () => {
  it("say what they say with it", () => {
    for (const certificate of CERTIFICATES) {
      expectSame(certificate);
      expectSame(concatBytes([certificate, Uint8Array.of(1, 2, 3)]));
      expectSame(certificate.subarray(0, certificate.length - 1));
    }
  });

  it("are signed by whom they are signed with it", () => {
    for (const certificate of CERTIFICATES)
      for (const issuer of CERTIFICATES)
        expect(portable.isSignedBy(certificate, issuer)).toBe(node.isSignedBy(certificate, issuer));
  });

  it("are not signed by a signature that says that some of its last bits do not count", () => {
    let tried = 0;
    for (const certificate of CERTIFICATES) {
      // The last BIT STRING that holds a sequence: the two numbers of an elliptic signature.
      const at = certificate.findLastIndex(
        (byte, i) => byte === 0 && certificate[i - 2] === 0x03 && certificate[i + 1] === 0x30,
      );
      if (at < 0 || !node.isSignedBy(certificate, certificate)) continue;
      const copy = certificate.slice();
      copy[at] = 1;
      tried++;
      expect(portable.isSignedBy(copy, certificate)).toBe(node.isSignedBy(copy, certificate));
    }
    expect(tried).toBeGreaterThan(0);
  });

  it("are as good or bad whichever byte is changed", () => {
    const changed = fc
      .tuple(fc.constantFrom(...CERTIFICATES), fc.nat(), fc.nat(255))
      .map(([certificate, at, value]) => {
        const copy = certificate.slice();
        copy[at % copy.length] = value;
        return copy;
      });
    fc.assert(
      fc.property(changed, fc.constantFrom(...CERTIFICATES), (bytes, issuer) => {
        expect(portable.isCertificate(bytes)).toBe(node.isCertificate(bytes));
        expectDaemons(bytes, node.isCertificate(bytes));
        expect(portable.isSignedBy(bytes, issuer)).toBe(node.isSignedBy(bytes, issuer));
      }),
      { numRuns: 3000 },
    );
  });
});

describe("signatures without OpenSSL", () => {
  const content = new Uint8Array(Buffer.from("what is signed"));

  it("hold by every digest and key as they hold with it", () => {
    for (const digest of ["md5", "sha1", "sha224", "sha256", "sha384", "sha512"])
      for (const signer of [...signers, ...strange.slice(0, 1)])
        for (const other of signers) {
          const signature = sign(digest, content, signer.key);
          const found = portable.verifySignature(other.certificate, content, signature, digest);
          expect(found).toBe(other === signer);
          expect(found).toBe(node.verifySignature(other.certificate, content, signature, digest));
        }
  });

  it("are refused as with it when a byte of them is another", () => {
    fc.assert(
      fc.property(fc.constantFrom(...signers), fc.nat(), fc.nat(255), fc.nat(3), (signer, at, value, cut) => {
        const signature = new Uint8Array(sign("sha256", content, signer.key));
        signature[at % signature.length] = value;
        const used = signature.subarray(0, signature.length - (cut === 3 ? 1 : 0));
        expect(portable.verifySignature(signer.certificate, content, used, "sha256")).toBe(
          node.verifySignature(signer.certificate, content, used, "sha256"),
        );
      }),
      { numRuns: 600 },
    );
  });

  it("are of digests that OpenSSL names, too", () => {
    for (const name of [...DIGESTS, ...MORE_DIGESTS])
      expect(portable.digest(name, content)).toEqual(node.digest(name, content));
  });
});
