import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { nodeSignatureVerifier as verifier } from "../../../platform/node/verifier.ts";
import { makeIdentity, signContent } from "../../builders/signing.ts";

const issuer = makeIdentity("Issuer");
const below = makeIdentity("Below", { issuer });
const forged = makeIdentity("Below", { issuer, forger: below });
const elliptic = makeIdentity("Elliptic", { elliptic: true });

describe("certificates in Node's OpenSSL", () => {
  test("are DER, with or without bytes behind them", () => {
    expect(verifier.isCertificate(issuer.certificate)).toBe(true);
    expect(verifier.isCertificate(concatBytes([issuer.certificate, Uint8Array.of(1, 2)]))).toBe(true);
  });

  test("are never PEM, empty, cut or something else", () => {
    const base64 = Buffer.from(issuer.certificate).toString("base64");
    const pem = Buffer.from(`-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`);
    const none = [
      pem,
      new Uint8Array(0),
      issuer.certificate.subarray(0, 300),
      signContent(new Uint8Array(1), [issuer]),
    ];
    for (const bytes of none) expect(verifier.isCertificate(bytes)).toBe(false);
  });

  test("with PEM inside are not taken for what the PEM says", () => {
    const base64 = Buffer.from(issuer.certificate).toString("base64");
    const pem = Buffer.from(`\n-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`);
    const hiding = concatBytes([Uint8Array.of(0x30, 0x82, pem.length >> 8, pem.length & 0xff), pem]);
    expect(verifier.isCertificate(hiding)).toBe(false);
  });

  test("tell RSA keys from others", () => {
    expect([issuer, elliptic].map(({ certificate }) => verifier.keyType(certificate))).toEqual(["rsa", "ec"]);
  });

  test("tell who issued them", () => {
    expect(verifier.isSignedBy(below.certificate, issuer.certificate)).toBe(true);
    expect(verifier.isSignedBy(forged.certificate, issuer.certificate)).toBe(false);
    expect(verifier.isSignedBy(issuer.certificate, elliptic.certificate)).toBe(false);
  });

  test("that are none answer no to everything", () => {
    const none = new Uint8Array(5);
    expect(verifier.keyType(none)).toBeNull();
    expect(verifier.isSignedBy(issuer.certificate, none)).toBe(false);
    expect(verifier.verifySignature(none, none, none, "sha256")).toBe(false);
    expect(verifier.verifySignature(issuer.certificate, none, none, "sha256")).toBe(false);
  });
});
