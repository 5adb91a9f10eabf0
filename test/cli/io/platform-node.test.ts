import { existsSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes, toHex } from "../../../parsers/bytes.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";

// Self-signed, made by openssl for this test; the keys are gone.
const EC_CERTIFICATE = fromBase64(
  "MIIBbzCCARUCAgr/MAoGCCqGSM49BAMCMEIxCzAJBgNVBAYTAlVTMQ0wCwYDVQQKDARBLCBCMQowCAYDVQQLDAF4MRgwFgYDVQQDDA9Ow6Rt" +
    "ZSAicSIgPGE+L2IwIBcNMTEwNjI3MjEyMjQ1WhgPMjA2MDAxMDEwMDAwMDBaMEIxCzAJBgNVBAYTAlVTMQ0wCwYDVQQKDARBLCBCMQow" +
    "CAYDVQQLDAF4MRgwFgYDVQQDDA9Ow6RtZSAicSIgPGE+L2IwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAR53C9b0+fboDEpkuaD6t4+" +
    "Z2Uu9QCyaELKvrsBFP6Wx+KE8gEvaA5a00UTVHB869ZzodeVEZkAv5a68H5aoRMuMAoGCCqGSM49BAMCA0gAMEUCIQCp47/i7AT5Wbeb" +
    "pvAtiUUm0E5UyAE+PN+2/apZE7vFEwIgXHbjPh6LJaArI+Ljo0sa6Kkbe2rawyevko08GpNCl6Q=",
);
const RSA_CERTIFICATE = fromBase64(
  "MIIBizCB9QICCwAwDQYJKoZIhvcNAQELBQAwDjEMMAoGA1UEAwwDUlNBMB4XDTIwMDEwMTAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowDjEMMAoG" +
    "A1UEAwwDUlNBMIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCrtULnpD+BuL+JteBl1F+Y801uiJRK2HLuo/nWpNEmVJFA9xgrdJ5R" +
    "VDYJaDmS41NSa6coBrjyK8CQKkNGekJrEN5PBlv5RZLrjO1uEYW4hyDvkZOeMMvPKyuqj4bOAYm8cBq8yHjSkfbvvmappewSi8Gkwqt7" +
    "0kbPLiMYQaV+WwIDAQABMA0GCSqGSIb3DQEBCwUAA4GBAEbr3SrTEBqYYdUcjxvEDyOXu754pGmCmOy7NSjiwY7rKwESU/hrr6Z2xGr8" +
    "pWFTHxFvjM8uR+CVQmkL533abe8/rv2jUM3ze8HitzsCTjEftM5oggv4iSclbq3xFjs2tMCqUOLlVBeqPehN5aLKIbmZvMZhJjxr8VkH" +
    "lPsGW9QH",
);
const NAMELESS_CERTIFICATE = fromBase64(
  "MIGnMFsCAgsBMAUGAytlcDAAMB4XDTIwMDEwMTAwMDAwMFoXDTQ5MTIzMTIzNTk1OVowADAqMAUGAytlcAMhAAVWqsxkh1ACT+PghwOikNJf" +
    "8A/W3UVi0KPSuDYwIA9xMAUGAytlcANBAP+JPE9hcK1NiMZUvzP07Rx3uZuv6uVYUp7lM9WNZDUGOIHrR2KJJMVgsREH5yDpq3saqTrh" +
    "UZJHxN+cDmRJegs=",
);
const MICROSOFT_CA = "../shared/data/microsoft/MicCorUEFCA2011_2011-06-27.der";

function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

describe("nodePlatform", () => {
  it("decodes canonical base64 into memory of its own", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const decoded = nodePlatform.decodeBase64(ascii(Buffer.from(bytes).toString("base64")));
        expect(decoded).toEqual(bytes);
        expect(decoded?.buffer.byteLength).toBe(decoded?.length);
      }),
    );
  });

  it("decodes a text of any size into memory of its own", () => {
    for (const size of [3072, 4095, 4096, 65_536]) {
      const bytes = Uint8Array.from({ length: size }, (_, i) => i & 0xff);
      const decoded = nodePlatform.decodeBase64(ascii(Buffer.from(bytes).toString("base64")));
      expect(decoded).toEqual(bytes);
      expect(decoded?.buffer.byteLength).toBe(size);
    }
  });

  it("decodes canonical base64 and no other text", () => {
    const character = fc.constantFrom(...`AZaz09+/=-_ \n\0!\u00ff`);
    const group = fc.oneof(fc.constantFrom("QUJD", "+/+/", "QUI=", "QQ=="), fc.string({ unit: character }));
    fc.assert(
      fc.property(fc.array(group, { maxLength: 6 }), (groups) => {
        const text = groups.join("");
        const canonical = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:[A-Za-z0-9+/]=|==))?$/.test(text);
        const decoded = nodePlatform.decodeBase64(new Uint8Array(Buffer.from(text, "latin1")));
        expect(decoded !== null).toBe(canonical);
        if (decoded !== null) expect(Buffer.from(decoded).equals(Buffer.from(text, "base64"))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("compares bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 8 }), fc.uint8Array({ maxLength: 8 }), (a, b) => {
        expect(nodePlatform.equalBytes(a, b)).toBe(a.join() === b.join());
        expect(nodePlatform.equalBytes(a, a.slice())).toBe(true);
      }),
    );
  });

  it("decodes what is a view into something larger", () => {
    expect(nodePlatform.decodeBase64(ascii("xxVkFSUw==xx").subarray(2, 10))).toEqual(ascii("VARS"));
  });

  it("hashes", () => {
    expect(toHex(nodePlatform.sha256(ascii("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
    expect(toHex(nodePlatform.sha1(ascii("abc")))).toBe("a9993e364706816aba3e25717850c26c9cd0d89d");
    expect(nodePlatform.sha256(ascii("abc")).buffer.byteLength).toBe(32);
  });
});

describe("nodePlatform.parseCertificate", () => {
  it("gives names as RFC 4514 strings, the last attribute first, with what needs it escaped", () => {
    expect(nodePlatform.parseCertificate(EC_CERTIFICATE)).toEqual({
      subject: 'CN=N\u00e4me \\"q\\" \\<a\\>/b,OU=x,O=A\\, B,C=US',
      commonName: 'N\u00e4me "q" <a>/b',
      issuer: 'CN=N\u00e4me \\"q\\" \\<a\\>/b,OU=x,O=A\\, B,C=US',
      serialNumber: "0AFF",
      notBefore: "2011-06-27T21:22:45Z",
      notAfter: "2060-01-01T00:00:00Z",
      keyAlgorithm: "EC",
      keyBits: 256,
    });
  });

  it("tells the size of an RSA key", () => {
    expect(nodePlatform.parseCertificate(RSA_CERTIFICATE)).toMatchObject({
      subject: "CN=RSA",
      commonName: "RSA",
      notAfter: "2049-12-31T23:59:59Z",
      keyAlgorithm: "RSA",
      keyBits: 1024,
    });
  });

  it("takes a certificate without names", () => {
    expect(nodePlatform.parseCertificate(NAMELESS_CERTIFICATE)).toMatchObject({
      subject: "",
      commonName: null,
      issuer: "",
      keyAlgorithm: "Ed25519",
      keyBits: null,
    });
  });

  it("keeps a certificate whose key is of no known kind", () => {
    const unknownKey = RSA_CERTIFICATE.slice();
    const oid = Buffer.from(unknownKey).lastIndexOf(Buffer.from("2a864886f70d010101", "hex"));
    unknownKey[oid + 8] = 0x7f;
    expect(nodePlatform.parseCertificate(unknownKey)).toMatchObject({
      subject: "CN=RSA",
      keyAlgorithm: "unknown",
      keyBits: null,
    });
  });

  it("reads the certificate where bytes follow it", () => {
    const padded = concatBytes([RSA_CERTIFICATE, new Uint8Array(3)]);
    expect(nodePlatform.parseCertificate(padded)).toEqual(nodePlatform.parseCertificate(RSA_CERTIFICATE));
  });

  it("gives null for anything else, PEM included, also where it hides in other data", () => {
    const pem = ascii(
      `-----BEGIN CERTIFICATE-----\n${Buffer.from(RSA_CERTIFICATE).toString("base64").replace(/.{64}/g, "$&\n")}\n-----END CERTIFICATE-----\n`,
    );
    const wrapped = concatBytes([Uint8Array.of(0x30, 0x82, pem.length >> 8, pem.length & 0xff), pem]);
    const newline = concatBytes([
      Uint8Array.of(0x30, 0x82, (pem.length + 1) >> 8, (pem.length + 1) & 0xff),
      ascii("\n"),
      pem,
    ]);
    for (const bytes of [
      pem,
      wrapped,
      newline,
      new Uint8Array(0),
      Uint8Array.of(0x30),
      ascii("no certificate"),
    ]) {
      expect(nodePlatform.parseCertificate(bytes)).toBeNull();
    }
  });

  it("never throws, whatever is damaged", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(EC_CERTIFICATE, RSA_CERTIFICATE, NAMELESS_CERTIFICATE),
        fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
        (certificate, changes) => {
          const damaged = certificate.slice();
          for (const [at, value] of changes) damaged[at % damaged.length] = value;
          const parsed = nodePlatform.parseCertificate(damaged);
          if (parsed !== null) expect(typeof parsed.subject).toBe("string");
        },
      ),
      { numRuns: 500 },
    );
  });

  it.skipIf(!existsSync(MICROSOFT_CA))("reads Microsoft's certificates", () => {
    const certificate = nodePlatform.parseCertificate(new Uint8Array(readFileSync(MICROSOFT_CA)));
    expect(certificate).toMatchObject({
      commonName: "Microsoft Corporation UEFI CA 2011",
      subject: "CN=Microsoft Corporation UEFI CA 2011,O=Microsoft Corporation,L=Redmond,ST=Washington,C=US",
      notBefore: "2011-06-27T21:22:45Z",
      notAfter: "2026-06-27T21:32:45Z",
      keyAlgorithm: "RSA",
      keyBits: 2048,
    });
  });
});
