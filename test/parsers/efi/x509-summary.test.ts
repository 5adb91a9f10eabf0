import { X509Certificate } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readCertificateSummary } from "../../../parsers/efi/x509-summary.ts";
import { SAMPLE_DB, SAMPLE_KEK, SAMPLE_PK } from "../../builders/sample-keys.ts";
import { TEST_DO_NOT_TRUST_PK, TEST_EC_KEK, TEST_EXPIRED_DB } from "../../builders/test-certificates.ts";

const CERTIFICATES = [SAMPLE_PK, SAMPLE_KEK, SAMPLE_DB, TEST_DO_NOT_TRUST_PK, TEST_EC_KEK, TEST_EXPIRED_DB];

describe("the summary of a certificate", () => {
  it.each(CERTIFICATES)("agrees with OpenSSL (%#)", (der) => {
    const { validTo } = new X509Certificate(der);
    expect(readCertificateSummary(der)).toEqual({
      notAfter: new Date(validTo).toISOString().replace(".000", ""),
    });
  });

  it("reads both forms of time", () => {
    const text = Buffer.from(TEST_EXPIRED_DB).toString("latin1");
    const year1999 = Buffer.from(text.replace("240101000000Z", "991231235959Z"), "latin1");
    expect(readCertificateSummary(year1999)?.notAfter).toBe("1999-12-31T23:59:59Z");
    const noTime = Buffer.from(text.replace("240101000000Z", "2401010000+01"), "latin1");
    expect(readCertificateSummary(noTime)?.notAfter).toBeNull();
  });

  it("of what is none is null, wherever it is cut", () => {
    for (let length = 0; length < TEST_EC_KEK.length; length++) {
      expect(readCertificateSummary(TEST_EC_KEK.subarray(0, length))).toBeNull();
    }
  });

  it("of any bytes is a value", () => {
    const changed = fc
      .tuple(fc.nat(TEST_EC_KEK.length - 1), fc.nat(255))
      .map(([at, byte]) => TEST_EC_KEK.with(at, byte));
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), changed), (bytes) => {
        readCertificateSummary(bytes);
      }),
      { numRuns: 300 },
    );
  });
});
