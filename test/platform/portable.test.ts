/** What a browser computes is what OpenSSL does. */
import { constants, createHash, generateKeyPairSync, sign } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../parsers/bytes.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { hashNamed } from "../../platform/portable/hashes.ts";
import { portableMachine } from "../../platform/portable/machine.ts";
import { portableSignatureVerifier as portableVerifier } from "../../platform/portable/verifier.ts";

const portablePlatform = portableMachine.platform;

import * as samples from "../builders/sample-keys.ts";
import { der, distinguishedName, makeIdentity } from "../builders/signing.ts";
import { hasSharedData } from "../shared-data.ts";
import { expectDaemons } from "./daemons-openssl.ts";
import { DIGESTS, MORE_DIGESTS } from "./digest-names.ts";

describe("digests", () => {
  it.each([...DIGESTS, ...MORE_DIGESTS])("%s is that of OpenSSL", (name) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const own = Buffer.from(hashNamed(name)?.(bytes) ?? []).toString("hex");
        expect(own).toBe(createHash(name).update(bytes).digest("hex"));
      }),
      { numRuns: 30 },
    );
  });
});

describe("base64", () => {
  it("is decoded where Node's platform decodes it", () => {
    const character = fc.constantFrom(...`AZaz09+/=-_ \n\0!\u00ff`);
    const group = fc.oneof(fc.constantFrom("QUJD", "+/+/", "QUI=", "QQ=="), fc.string({ unit: character }));
    fc.assert(
      fc.property(fc.array(group, { maxLength: 6 }), (groups) => {
        const text = new Uint8Array(Buffer.from(groups.join(""), "latin1"));
        expect(portablePlatform.decodeBase64(text)).toEqual(nodePlatform.decodeBase64(text));
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(portablePlatform.decodeBase64(ascii(Buffer.from(bytes).toString("base64")))).toEqual(bytes);
      }),
    );
  });
});

const rsa = (bits: number) => generateKeyPairSync("rsa", { modulusLength: bits });
const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve });
const KEYS = {
  rsa: rsa(1024),
  otherRsa: rsa(1536),
  p256: ec("prime256v1"),
  p384: ec("secp384r1"),
  p521: ec("secp521r1"),
  koblitz: ec("secp256k1"),
  ed25519: generateKeyPairSync("ed25519"),
  dsa: generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }),
};

/** A certificate with this key: only its form counts here. */
function certificateWith(name: keyof typeof KEYS): Uint8Array {
  return certificateOf(KEYS[name].publicKey.export({ type: "spki", format: "der" }));
}

function certificateOf(
  spki: Uint8Array,
  subject: Uint8Array = distinguishedName(["550403", "a"]),
): Uint8Array {
  const algorithm = der(0x30, der(0x06, Buffer.from("2a864886f70d01010b", "hex")), der(0x05));
  const times = der(0x30, der(0x17, Buffer.from("200101000000Z")), der(0x18, Buffer.from("20600101000000Z")));
  const tbs = der(0x30, der(0x02, Uint8Array.of(1)), algorithm, subject, times, subject, spki);
  return der(0x30, tbs, algorithm, der(0x03, Uint8Array.of(0, 1, 2)));
}

describe("certificates", () => {
  const fixtures = [
    ...Object.values(samples).filter((one): one is Uint8Array => one instanceof Uint8Array),
    ...(Object.keys(KEYS) as (keyof typeof KEYS)[]).map((name) => certificateWith(name)),
  ];

  it("are described as OpenSSL describes them", () => {
    expect(fixtures.length).toBeGreaterThan(8);
    for (const bytes of fixtures) {
      expect(portablePlatform.parseCertificate(bytes)).toEqual(nodePlatform.parseCertificate(bytes));
      expect(portableVerifier.keyType(bytes)).toBe(nodeSignatureVerifier.keyType(bytes));
    }
  });

  it("have names of any kind", () => {
    const type = fc.constantFrom(
      "550403",
      "55040a",
      "2a864886f70d010901",
      "2a030405",
      "0992268993f22c640119",
    );
    const value = fc.oneof(
      fc.tuple(
        fc.constantFrom(0x13, 0x14, 0x16, 0x0c),
        fc.string({ maxLength: 12 }).map((text) => Buffer.from(text)),
      ),
      fc.tuple(
        fc.constant(0x0c),
        fc.string({ unit: "binary", maxLength: 8 }).map((text) => Buffer.from(text)),
      ),
      fc.tuple(
        fc.constant(0x1e),
        fc.string({ maxLength: 8 }).map((text) => Buffer.from(text, "utf16le").swap16()),
      ),
    );
    const name = fc
      .array(fc.array(fc.tuple(type, value), { minLength: 1, maxLength: 1 }), { maxLength: 3 })
      .map((sets) =>
        der(
          0x30,
          ...sets.map((set) =>
            der(
              0x31,
              ...set.map(([oid, [tag, text]]) =>
                der(0x30, der(0x06, Buffer.from(oid, "hex")), der(tag, text)),
              ),
            ),
          ),
        ),
      );
    const spki = KEYS.p256.publicKey.export({ type: "spki", format: "der" });
    fc.assert(
      fc.property(name, (subject) => {
        const bytes = certificateOf(spki, subject);
        expect(portablePlatform.parseCertificate(bytes)).toEqual(nodePlatform.parseCertificate(bytes));
      }),
      { numRuns: 600 },
    );
  });

  it("may have a key at infinity, at which Node 20 would end the process", () => {
    const algorithm = der(
      0x30,
      der(0x06, Buffer.from("2a8648ce3d0201", "hex")),
      der(0x06, Buffer.from("2a8648ce3d030107", "hex")),
    );
    const bytes = certificateOf(der(0x30, algorithm, der(0x03, Uint8Array.of(0, 0))));
    const described = nodePlatform.parseCertificate(bytes);
    expect(described).toMatchObject({ keyAlgorithm: "EC", keyBits: 256 });
    expect(portablePlatform.parseCertificate(bytes)).toEqual(described);
    for (const verifier of [portableVerifier, nodeSignatureVerifier]) {
      expect(verifier.keyType(bytes)).toBe("ec");
      expect(verifier.isSignedBy(bytes, bytes)).toBe(false);
      expect(verifier.verifySignature(bytes, ascii("x"), Uint8Array.of(1), "sha256")).toBe(false);
    }
  });

  it("have a key whose form is read alike, whichever of its first bytes is another", () => {
    const spki = KEYS.rsa.publicKey.export({ type: "spki", format: "der" });
    // The algorithm and its parameters: no number of them matters, but their kind and length.
    for (let at = 13; at < 20; at++)
      for (let value = 0; value < 64; value++) {
        const bytes = certificateOf(Uint8Array.from(spki, (byte, i) => (i === at ? value : byte)));
        expect(portablePlatform.parseCertificate(bytes)).toEqual(nodePlatform.parseCertificate(bytes));
      }
  });

  it("that were changed are taken or refused alike", () => {
    // Points of a curve that is not implemented are not checked; nor are the numbers of DSA, with which nobody signs any more.
    const unread = [certificateWith("koblitz"), certificateWith("dsa")].map((one) =>
      Buffer.from(one).toString("hex"),
    );
    const sources = fixtures.filter((one) => !unread.includes(Buffer.from(one).toString("hex")));
    let taken = 0;
    fc.assert(
      fc.property(
        fc.nat(sources.length - 1),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        (which, changes) => {
          const bytes = Uint8Array.from(sources[which] ?? []);
          for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
          const node = nodePlatform.parseCertificate(bytes);
          if (node !== null) taken++;
          expect(portablePlatform.parseCertificate(bytes)).toEqual(node);
          expectDaemons(bytes, node !== null);
        },
      ),
      { numRuns: 3000 },
    );
    expect(taken).toBeGreaterThan(300);
  });
});

describe("times that are too short", () => {
  const PSS = Buffer.from(
    "304106092a864886f70d01010a3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
    "hex",
  );
  const algorithm = (oid: string, ...more: Uint8Array[]) =>
    der(0x30, der(0x06, Buffer.from(oid, "hex")), ...more);
  const SHORT = der(0x30, der(0x17, Buffer.from("2001")), der(0x18, Buffer.from("20Z")));

  it.each([
    ["rsa", algorithm("2a864886f70d01010b", der(0x05)), "sha256", {}],
    ["p384", algorithm("2a8648ce3d040303"), "sha384", {}],
    ["ed25519", algorithm("2b6570"), null, {}],
    ["rsa", PSS, "sha256", { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }],
  ] as const)("make no certificate another one on a later OpenSSL: %s", (name, how, digest, options) => {
    const { privateKey, publicKey } = KEYS[name];
    const subject = distinguishedName(["550403", name]);
    const spki = publicKey.export({ type: "spki", format: "der" });
    const tbs = der(0x30, der(0x02, Uint8Array.of(1)), how, subject, SHORT, subject, spki);
    const good = sign(digest, tbs, { key: privateKey, ...options });
    const whole = certificateWith(name);
    for (const flip of [-1, 9]) {
      const signature = Uint8Array.from(good, (byte, i) => (i === flip ? byte ^ 1 : byte));
      const bytes = der(0x30, tbs, how, der(0x03, Uint8Array.of(0, ...signature)));
      expect(nodePlatform.parseCertificate(bytes)).toMatchObject({
        commonName: name,
        notBefore: "Bad time value",
        notAfter: "Bad time value",
      });
      expect(portablePlatform.parseCertificate(bytes)).toEqual(nodePlatform.parseCertificate(bytes));
      expectDaemons(bytes, true);
      for (const verifier of [portableVerifier, nodeSignatureVerifier]) {
        expect(verifier.isSignedBy(bytes, bytes)).toBe(flip === -1);
        expect(verifier.isSignedBy(bytes, whole)).toBe(flip === -1);
        expect(verifier.isSignedBy(whole, bytes)).toBe(false);
      }
    }
  });
});

describe("signatures", () => {
  const contents = [new Uint8Array(0), ascii("content")];

  it.each([
    ["rsa", ["sha1", "sha256", "sha384", "sha512", "sha224"]],
    ["otherRsa", ["sha256"]],
    ["p256", ["sha1", "sha256", "sha512"]],
    ["p384", ["sha256", "sha384"]],
    ["p521", ["sha512", "sha256"]],
  ] as const)("of %s hold for what they are of, and for nothing else", (name, names) => {
    const certificate = certificateWith(name);
    const other = certificateWith(name === "rsa" ? "otherRsa" : "rsa");
    for (const digestName of names)
      for (const content of contents) {
        const signature = new Uint8Array(sign(digestName, content, KEYS[name].privateKey));
        const ask = (by: Uint8Array, of: Uint8Array, signed: Uint8Array, how: string): boolean => {
          const own = portableVerifier.verifySignature(by, of, signed, how);
          expect(own).toBe(nodeSignatureVerifier.verifySignature(by, of, signed, how));
          return own;
        };
        expect(ask(certificate, content, signature, digestName)).toBe(true);
        expect(ask(other, content, signature, digestName)).toBe(false);
        expect(ask(certificate, ascii("other"), signature, digestName)).toBe(false);
        expect(ask(certificate, content, signature, digestName === "sha256" ? "sha512" : "sha256")).toBe(
          false,
        );
        expect(ask(certificate, content, signature.subarray(1), digestName)).toBe(false);
      }
  });

  it("that were changed hold or fail alike", () => {
    const names = ["rsa", "p256", "p384"] as const;
    const signed = names.map((name) => new Uint8Array(sign("sha256", ascii("x"), KEYS[name].privateKey)));
    fc.assert(
      fc.property(
        fc.nat(2),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
        (which, changes) => {
          const name = names[which] ?? "rsa";
          const signature = Uint8Array.from(signed[which] ?? []);
          for (const [at, byte] of changes) signature[at % signature.length] = byte;
          const certificate = certificateWith(name);
          expect(portableVerifier.verifySignature(certificate, ascii("x"), signature, "sha256")).toBe(
            nodeSignatureVerifier.verifySignature(certificate, ascii("x"), signature, "sha256"),
          );
        },
      ),
      { numRuns: 300 },
    );
  });

  it("of certificates are those of their issuers", () => {
    const roots = [
      makeIdentity("rsa", { key: KEYS.rsa.privateKey }),
      makeIdentity("ec", { key: KEYS.p256.privateKey }),
      makeIdentity("large", { key: KEYS.p521.privateKey }),
    ];
    const all = roots.flatMap((issuer) => [
      issuer,
      makeIdentity("leaf", { issuer, key: KEYS.otherRsa.privateKey }),
    ]);
    let good = 0;
    for (const { certificate } of all)
      for (const { certificate: issuer } of all) {
        const own = portableVerifier.isSignedBy(certificate, issuer);
        if (own) good++;
        expect(own).toBe(nodeSignatureVerifier.isSignedBy(certificate, issuer));
      }
    expect(good).toBe(6);
  });

  it.each([
    ["sha256", 32],
    ["sha1", 20],
    ["sha512", 10],
  ] as const)("by PSS of %s hold alike", (hash, saltLength) => {
    const issuer = certificateWith("rsa");
    const key = KEYS.rsa;
    const object = { sha256: "608648016503040201", sha1: "2b0e03021a", sha512: "608648016503040203" }[hash];
    const algorithm = der(0x30, der(0x06, Buffer.from(object, "hex")), der(0x05));
    const mgf = der(0x30, der(0x06, Buffer.from("2a864886f70d010108", "hex")), algorithm);
    const salt = der(0xa2, der(0x02, Uint8Array.of(saltLength)));
    const pss = der(
      0x30,
      der(0x06, Buffer.from("2a864886f70d01010a", "hex")),
      der(0x30, der(0xa0, algorithm), der(0xa1, mgf), salt),
    );
    const name = distinguishedName(["550403", "pss"]);
    const times = der(0x30, der(0x17, Buffer.from("200101000000Z")), der(0x17, Buffer.from("400101000000Z")));
    const spki = KEYS.p256.publicKey.export({ type: "spki", format: "der" });
    const tbs = der(0x30, der(0x02, Uint8Array.of(1)), pss, name, times, name, spki);
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const good = sign(hash, tbs, { key: key.privateKey, padding, saltLength });
    for (const flip of [-1, 0, 50, 127]) {
      const signature = Uint8Array.from(good, (byte, i) => (i === flip ? byte ^ 1 : byte));
      const certificate = der(0x30, tbs, pss, der(0x03, Uint8Array.of(0, ...signature)));
      const own = portableVerifier.isSignedBy(certificate, issuer);
      expect(own).toBe(flip === -1);
      expect(own).toBe(nodeSignatureVerifier.isSignedBy(certificate, issuer));
    }
  });
});

describe("Microsoft's certificates", () => {
  const FOLDER = new URL("../../../shared/data/microsoft/", import.meta.url);
  const files = hasSharedData ? readdirSync(FOLDER).filter((name) => /\.(der|crt|cer)$/.test(name)) : [];

  it.skipIf(!hasSharedData)("are described and signed as OpenSSL says", () => {
    const all = files.map((name) => new Uint8Array(readFileSync(new URL(name, FOLDER))));
    expect(all.length).toBeGreaterThan(3);
    for (const bytes of all) {
      expect(portablePlatform.parseCertificate(bytes)).toEqual(nodePlatform.parseCertificate(bytes));
      for (const issuer of all)
        expect(portableVerifier.isSignedBy(bytes, issuer)).toBe(
          nodeSignatureVerifier.isSignedBy(bytes, issuer),
        );
    }
  });
});
