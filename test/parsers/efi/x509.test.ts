import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { Asn1Reader } from "../../../parsers/efi/asn1.ts";
import { readCertificateFields } from "../../../parsers/efi/x509.ts";
import { readName } from "../../../parsers/efi/x509-name.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { der, makeIdentity } from "../../builders/signing.ts";

const root = makeIdentity("Test Root");
const canonicalName = (name: Uint8Array): string => readName(new Asn1Reader(name)).canonical;

describe("a certificate", () => {
  test("tells its names, serial number and the bytes that are signed", () => {
    const below = makeIdentity("Below", { issuer: root });
    const [fields, issuer] = [below, root].map(({ certificate }) => readCertificateFields(certificate));
    expect(fields?.issuer).toBe(issuer?.subject);
    expect(fields?.issuer).not.toBe(fields?.subject);
    expect(Buffer.from(fields?.commonName ?? []).toString()).toBe("Below");
    expect(fields?.serialNumber).toEqual(Uint8Array.of(below.serialNumber));
    expect(below.certificate.subarray(4, 4 + (fields?.tbsCertificate.length ?? 0))).toEqual(
      fields?.tbsCertificate,
    );
  });

  test("may have bytes behind it and no common name", () => {
    expect(readCertificateFields(concatBytes([root.certificate, Uint8Array.of(1)])).subject).toContain(
      "test root",
    );
    expect(readCertificateFields(makeIdentity(null).certificate).commonName).toBeNull();
  });

  test("cut at any byte or changed in any gives fields or a typed error", () => {
    const { certificate } = root;
    for (let end = 0; end < certificate.length; end++)
      expect(() => readCertificateFields(certificate.subarray(0, end))).toThrow(ParseError);
    fc.assert(
      fc.property(fc.nat(certificate.length - 1), fc.nat(255), (at, value) => {
        const changed = certificate.slice();
        changed[at] = value;
        try {
          readCertificateFields(changed);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe("a name", () => {
  const COMMON_NAME = "550403";
  const COUNTRY = "550406";
  const attribute = (type: string, tag: number, value: Uint8Array): Uint8Array =>
    der(0x30, der(0x06, Buffer.from(type, "hex")), der(tag, value));
  const named = (tag: number, value: string | Uint8Array): string =>
    canonicalName(
      der(
        0x30,
        der(0x31, attribute(COMMON_NAME, tag, typeof value === "string" ? Buffer.from(value) : value)),
      ),
    );

  test("is the same in another string type, case or number of spaces", () => {
    const utf8 = named(0x0c, "Test Name");
    const utf16 = Buffer.from("Test Name", "utf16le").swap16();
    const utf32 = Uint8Array.from(
      [..."Test Name"].flatMap((character) => [0, 0, 0, character.charCodeAt(0)]),
    );
    expect([
      named(0x13, " tEST   nAME\t"),
      named(0x16, "Test Name"),
      named(0x1e, utf16),
      named(0x1c, utf32),
    ]).toEqual(new Array(4).fill(utf8));
    expect(named(0x14, Uint8Array.of(0xe9))).toBe(named(0x0c, "é"));
  });

  test("is another with another text, type of attribute, order, or a type that is no text", () => {
    expect(named(0x0c, "Test Name")).not.toBe(named(0x0c, "TestName"));
    expect(named(0x0c, "É")).not.toBe(named(0x0c, "é"));
    expect(named(0x12, "12")).not.toBe(named(0x0c, "12"));
    const [a, b] = [
      attribute(COMMON_NAME, 0x0c, Buffer.from("a")),
      attribute(COUNTRY, 0x13, Buffer.from("b")),
    ];
    const oneAfterTheOther = canonicalName(der(0x30, der(0x31, a), der(0x31, b)));
    expect(oneAfterTheOther).not.toBe(canonicalName(der(0x30, der(0x31, b), der(0x31, a))));
    expect(canonicalName(der(0x30, der(0x31, a, b)))).toBe(canonicalName(der(0x30, der(0x31, b, a))));
    expect(canonicalName(der(0x30, der(0x31, a, b)))).not.toBe(oneAfterTheOther);
  });

  test.each([
    ["a number above U+10FFFF", 0x1c, Uint8Array.of(0x7f, 0, 0, 0)],
    ["half of a pair in UTF-16", 0x1e, Uint8Array.of(0xd8, 0)],
    ["half a character", 0x1e, Uint8Array.of(0)],
    ["UTF-8 that is longer than needed", 0x0c, Uint8Array.of(0xc1, 0x81)],
    ["UTF-8 that is cut", 0x0c, Uint8Array.of(0xe2, 0x82)],
    ["an octet string", 0x04, Uint8Array.of(1)],
  ])("is none with %s", (_, tag, value) => {
    expect(() => named(tag, value)).toThrow(ParseError);
  });
});
