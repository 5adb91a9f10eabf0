import { describe, expect, test } from "vitest";
import { checkSignatureListFormat } from "../../daemon/signature-list-format.ts";
import { concatBytes } from "../../parsers/bytes.ts";
import { guidBytes } from "../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../parsers/efi/signature-list.ts";
import { guidNamed } from "../../parsers/guids.ts";
import { nodeSignatureVerifier } from "../../platform/node/verifier.ts";
import { CUSTOM_OWNER, noise, sha256List, signature } from "../builders/blob.ts";
import { listOf } from "../builders/daemon.ts";
import { makeIdentity } from "../builders/signing.ts";

const NO_HEADER = new Uint8Array(0);
const key = makeIdentity("Test key");

function check(data: Uint8Array, isPk = false): string | null {
  return checkSignatureListFormat(data, isPk, nodeSignatureVerifier)?.check ?? null;
}

function listNamed(type: string, ...data: readonly Uint8Array[]): Uint8Array {
  const entries = data.map((bytes) => signature(CUSTOM_OWNER, bytes));
  return buildSignatureList(guidBytes(guidNamed(type)), NO_HEADER, entries[0]?.length ?? 48, entries);
}

describe("lists that are taken", () => {
  test("are none at all, and any number one after the other", () => {
    expect(check(NO_HEADER)).toBeNull();
    expect(
      check(concatBytes([sha256List(CUSTOM_OWNER, 3), listOf(key), sha256List(CUSTOM_OWNER, 1)])),
    ).toBeNull();
  });

  test.each([
    ["EFI_CERT_SHA1", 20],
    ["EFI_CERT_SHA224", 28],
    ["EFI_CERT_SHA256", 32],
    ["EFI_CERT_SHA384", 48],
    ["EFI_CERT_SHA512", 64],
    ["EFI_CERT_RSA2048", 256],
    ["EFI_CERT_RSA2048_SHA1", 256],
    ["EFI_CERT_RSA2048_SHA256", 256],
    ["EFI_CERT_X509_SHA256", 48],
    ["EFI_CERT_X509_SHA384", 64],
    ["EFI_CERT_X509_SHA512", 80],
  ])("have %s with %i bytes, not one more", (type, bytes) => {
    expect(check(listNamed(type, noise(bytes, 1), noise(bytes, 2)))).toBeNull();
    expect(check(listNamed(type, noise(bytes + 1, 1)))).toBe("list-signature-size");
  });

  test("have several certificates of one size, and bytes behind a certificate", () => {
    expect(check(listNamed("EFI_CERT_X509", key.certificate, key.certificate))).toBeNull();
    expect(check(listNamed("EFI_CERT_X509", concatBytes([key.certificate, noise(5, 1)])))).toBeNull();
  });
});

describe("lists that are refused", () => {
  test("have a type that only others know", () => {
    expect(check(listNamed("EFI_CERT_SM3", noise(32, 1)))).toBe("list-type-unknown");
  });

  test("have a certificate that is cut, empty, text, or without an RSA key", () => {
    expect(check(listNamed("EFI_CERT_X509", key.certificate.subarray(0, -1)))).toBe("list-certificate");
    expect(check(listNamed("EFI_CERT_X509", NO_HEADER))).toBe("list-certificate");
    const pem = Buffer.from(
      `-----BEGIN CERTIFICATE-----\n${Buffer.from(key.certificate).toString("base64")}\n-----END CERTIFICATE-----\n`,
    );
    expect(check(listNamed("EFI_CERT_X509", pem))).toBe("list-certificate");
    expect(check(listOf(makeIdentity("Test EC", { elliptic: true })))).toBe("list-certificate");
  });

  test("have sizes that do not fit, read without a sign as the daemon does", () => {
    const list = sha256List(CUSTOM_OWNER, 2);
    const sized = (at: number, value: number): string | null => {
      const copy = list.slice();
      new DataView(copy.buffer).setUint32(at, value, true);
      return check(copy);
    };
    expect(sized(16, 0)).toBe("list-body-size");
    expect(sized(16, 27)).toBe("list-body-size");
    expect(sized(16, list.length + 1)).toBe("list-past-end");
    expect(sized(20, 1)).toBe("list-header-size");
    expect(sized(24, 0)).toBe("list-signature-size");
    expect(sized(24, 15)).toBe("list-signature-size");
  });

  test("have X509 entries too short for their owner", () => {
    const list = buildSignatureList(guidBytes(guidNamed("EFI_CERT_X509")), NO_HEADER, 15, [noise(15, 1)]);
    expect(check(list)).toBe("list-signature-size");
  });

  test("give the PK more than one entry, in one list or in two", () => {
    expect(check(listOf(key), true)).toBeNull();
    expect(check(concatBytes([listOf(key), listOf(key)]), true)).toBe("list-too-many-platform-keys");
    expect(check(listNamed("EFI_CERT_X509", key.certificate, key.certificate), true)).toBe(
      "list-too-many-platform-keys",
    );
  });
});
