import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { readSignedData } from "../../../parsers/efi/pkcs7.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { der, makeIdentity, signContent, wrapInContentInfo } from "../../builders/signing.ts";

const CONTENT = new Uint8Array(10);
const signer = makeIdentity("Test signer");
const bare = signContent(CONTENT, [signer], { throughAttributes: true });
const wrapped = wrapInContentInfo(bare);

describe("SignedData", () => {
  test("gives digests, certificates and signers", () => {
    const { digestAlgorithms, certificates, signers } = readSignedData(wrapped);
    expect(digestAlgorithms).toEqual(["608648016503040201"]);
    expect(certificates.map(({ encoded }) => encoded)).toEqual([signer.certificate]);
    expect(signers).toMatchObject([
      { serialNumber: Uint8Array.of(signer.serialNumber), digestAlgorithm: "608648016503040201" },
    ]);
    expect(signers[0]?.issuer).toContain("test signer");
    expect(signers[0]?.authenticatedAttributes?.[0]).toBe(0x31);
    expect(signers[0]?.messageDigest).toHaveLength(32);
    expect(signers[0]?.signature).toHaveLength(128);
  });

  test("has no attributes where the content itself is signed", () => {
    const [info] = readSignedData(wrapInContentInfo(signContent(CONTENT, [signer]))).signers;
    expect([info?.authenticatedAttributes, info?.messageDigest]).toEqual([null, null]);
  });

  test("is found only in a ContentInfo that says so and holds nothing else", () => {
    expect(() => readSignedData(bare)).toThrow(ParseError);
    const data = (content: Uint8Array): Uint8Array =>
      der(0x30, der(0x06, Buffer.from("2a864886f70d010701", "hex")), der(0xa0, content));
    expect(() => readSignedData(data(bare))).toThrow(ParseError);
    expect(() => readSignedData(data(der(0x04, bare)))).toThrow("expected signedData");
    expect(readSignedData(concatBytes([wrapped, CONTENT])).signers).toHaveLength(1);
    expect(() => readSignedData(wrapInContentInfo(concatBytes([bare, der(0x05)])))).toThrow(ParseError);
  });

  test("may have 64 signers, not 65", () => {
    const signers = (count: number): Uint8Array =>
      wrapInContentInfo(signContent(CONTENT, new Array(count).fill(signer), { certificates: [] }));
    const limit = PARSER_LIMITS.maxEmbeddedCertificates;
    expect(readSignedData(signers(limit)).signers).toHaveLength(limit);
    expect(() => readSignedData(signers(limit + 1))).toThrow("at most 64 signers");
  });

  test("cut at any byte or with any byte changed is read or gives a typed error", () => {
    for (let end = 0; end < wrapped.length; end++)
      expect(() => readSignedData(wrapped.subarray(0, end))).toThrow(ParseError);
    fc.assert(
      fc.property(fc.nat(wrapped.length - 1), fc.nat(255), (at, value) => {
        const changed = wrapped.slice();
        changed[at] = value;
        try {
          readSignedData(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
