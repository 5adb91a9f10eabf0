import { createHash, X509Certificate } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../../parsers/guids.ts";
import {
  hasPublishedKekUpdate,
  KNOWN_CERTIFICATES,
  knownCertificate,
  UEFI_CA_2011,
  WINDOWS_OEM_DEVICES_PK,
  WINDOWS_PRODUCTION_PCA_2011,
  WINDOWS_UEFI_CA_2023,
  XCP_NG_GUEST_PK,
} from "../../../rules/knowledge/certificates.ts";
import { hasMicrosoftData, microsoftFile } from "./knowledge-data.ts";

test("a certificate is known by its fingerprint", () => {
  expect(knownCertificate(XCP_NG_GUEST_PK)).toMatchObject({
    variable: "PK",
    owner: XCP_NG_OWNER,
    derBytes: 940,
  });
  expect(knownCertificate("00".repeat(32))).toBeNull();
});

test("successors are known, newer and at home in the same variable", () => {
  expect(knownCertificate(WINDOWS_PRODUCTION_PCA_2011)?.successors).toEqual([WINDOWS_UEFI_CA_2023]);
  expect(knownCertificate(UEFI_CA_2011)?.successors).toHaveLength(2);
  for (const { successors, variable, notAfter } of KNOWN_CERTIFICATES) {
    for (const sha256 of successors) {
      const successor = knownCertificate(sha256);
      expect(successor?.variable).toBe(variable);
      expect(successor?.successors).toEqual([]);
      expect(notAfter < (successor?.notAfter ?? "")).toBe(true);
    }
  }
});

test("every row is well formed and stands once", () => {
  for (const { sha256, sha1, serialNumber, notBefore, notAfter } of KNOWN_CERTIFICATES) {
    expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(sha1).toMatch(/^[0-9a-f]{40}$/);
    expect(serialNumber).toMatch(/^[0-9A-F]+$/);
    expect(new Date(notBefore) < new Date(notAfter)).toBe(true);
  }
  expect(new Set(KNOWN_CERTIFICATES.map(({ sha256 }) => sha256)).size).toBe(KNOWN_CERTIFICATES.length);
});

test("an update of db adds one list with the certificate", () => {
  for (const { update, derBytes } of KNOWN_CERTIFICATES) {
    if (update !== null) expect(update.payloadBytes).toBe(28 + 16 + derBytes);
  }
});

test("no KEK update exists for the platform key of XCP-ng guests", () => {
  expect(hasPublishedKekUpdate(XCP_NG_GUEST_PK)).toBe(false);
  expect(hasPublishedKekUpdate(WINDOWS_OEM_DEVICES_PK)).toBe(true);
  expect(hasPublishedKekUpdate("ab".repeat(32))).toBeNull();
});

describe.skipIf(!hasMicrosoftData)("Microsoft's certificates", () => {
  const files = [
    "MicCorKEKCA2011_2011-06-24.der",
    "microsoft-corporation-kek-2k-ca-2023.der",
    "MicWinProPCA2011_2011-10-19.der",
    "windows-uefi-ca-2023.der",
    "MicCorUEFCA2011_2011-06-27.der",
    "microsoft-uefi-ca-2023.der",
    "microsoft-option-rom-uefi-ca-2023.der",
    "WindowsOEMDevicesPK.der",
  ];

  test.each(files)("%s is as the table says", (file) => {
    const der = microsoftFile(file);
    const certificate = new X509Certificate(der);
    const digest = (name: string): string => createHash(name).update(der).digest("hex");
    const iso = (date: string): string => new Date(date).toISOString().replace(".000Z", "Z");
    expect(knownCertificate(digest("sha256"))).toMatchObject({
      sha1: digest("sha1"),
      commonName: /CN=(.*)/.exec(certificate.subject)?.[1],
      owner: MICROSOFT_OWNER,
      notBefore: iso(certificate.validFrom),
      notAfter: iso(certificate.validTo),
      derBytes: der.length,
      serialNumber: certificate.serialNumber,
    });
  });

  test("the updates of db hold what their rows say", () => {
    for (const { update, sha256 } of KNOWN_CERTIFICATES) {
      if (update === null) continue;
      const file = microsoftFile(update.fileName);
      const payload = file.subarray(16 + new DataView(file.buffer).getUint32(16, true));
      expect(payload.length).toBe(update.payloadBytes);
      expect(createHash("sha256").update(payload.subarray(44)).digest("hex")).toBe(sha256);
    }
  });
});
