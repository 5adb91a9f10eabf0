import { describe, expect, it } from "vitest";
import { ParseError } from "../../parsers/errors.ts";
import type { AuthFile, CertificateSet } from "../../parsers/model.ts";
import { nodePlatform } from "../../platform/node/platform.ts";
import { certificatesReport } from "../../report/certificates.ts";
import { analyzeCertificates } from "../../rules/engine/analyze.ts";
import { RULES } from "../../rules/index.ts";
import { noise } from "../builders/blob.ts";
import { HEALTHY_FILES, PLANTED_FILES } from "../builders/certificates.ts";
import { testKnowledge } from "../knowledge.ts";

function setOf(files: readonly AuthFile[], more: Partial<CertificateSet> = {}): CertificateSet {
  return {
    kind: "pool",
    uuid: null,
    nameLabel: null,
    source: "uefi_certificates",
    isActive: true,
    files,
    error: null,
    ...more,
  };
}

const judge = (set: CertificateSet) =>
  analyzeCertificates([set], RULES, { platform: nodePlatform, knowledge: testKnowledge }).map(
    ({ ruleId, severity, breaks, path, facts }) => ({
      ruleId,
      severity,
      breaks,
      path,
      facts,
    }),
  );

describe("the certificates of a pool", () => {
  it("have no finding where Microsoft owns KEK, db and dbx", () => {
    expect(judge(setOf(HEALTHY_FILES))).toEqual([]);
  });

  it("are an error where they are in use and planted under XCP-ng's owner, but for PK", () => {
    const [finding, ...others] = judge(setOf(PLANTED_FILES));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      ruleId: "pool-certificates-wrong-owner",
      severity: "error",
      breaks: "update",
      path: "certificates[0].uefi_certificates",
      facts: { files: ["dbx.auth", "db.auth", "KEK.auth"], entries: [12, 1, 1], isActive: true },
    });
  });

  it("are only told of where another set is in use", () => {
    expect(judge(setOf(PLANTED_FILES, { isActive: false }))).toMatchObject([
      { severity: "info", breaks: null },
    ]);
  });

  it.each([
    ["a file that is too short for a header", new Uint8Array(20)],
    ["a header that points past the end", noise(600, 7)],
    ["signature lists that do not add up", new Uint8Array([...(HEALTHY_FILES[1]?.bytes ?? []), 1, 2, 3])],
  ])("cannot be used where there is %s", (_, bytes) => {
    const others = HEALTHY_FILES.filter(({ name }) => name !== "KEK.auth");
    const found = judge(setOf([...others, { name: "KEK.auth", bytes }]));
    expect(found.map(({ ruleId, path }) => [ruleId, path])).toEqual([
      ["pool-certificates-unusable", "certificates[0].uefi_certificates.KEK.auth"],
    ]);
  });

  it("cannot be used where the archive is damaged", () => {
    const error = new ParseError({ code: "truncated", offset: 512, expected: "9 bytes", found: "1" });
    expect(judge(setOf([], { error }))).toMatchObject([
      { ruleId: "pool-certificates-unusable", facts: { expected: "9 bytes", found: "1" } },
    ]);
  });

  it.each([
    ["PK.auth", "error", "secure-boot"],
    ["db.auth", "error", "secure-boot"],
    ["KEK.auth", "error", "update"],
  ])("are unusable where %s is not among them", (name, severity, breaks) => {
    const files = HEALTHY_FILES.filter((file) => file.name !== name);
    const own = { source: "custom_uefi_certificates" } as const;
    expect(judge(setOf(files, own))).toMatchObject([
      { ruleId: "pool-certificates-unusable", severity, breaks, facts: { missing: [name] } },
    ]);
    // As XCP-ng brings it, or where nobody knows whose set it is.
    expect(judge(setOf(files))).toMatchObject([{ severity: "warning", breaks }]);
    expect(judge(setOf(files, { source: "archive", isActive: null }))).toMatchObject([
      { severity: "warning" },
    ]);
    // Not in use, or not read to its end.
    expect(judge(setOf(files, { isActive: false }))).toEqual([]);
    const error = new ParseError({ code: "truncated", offset: 512, expected: "9 bytes", found: "1" });
    expect(judge(setOf(files, { error }))).toHaveLength(1);
  });

  it("may be without dbx.auth, and are unusable with no file at all", () => {
    expect(judge(setOf(HEALTHY_FILES.filter(({ name }) => name !== "dbx.auth")))).toEqual([]);
    expect(judge(setOf([]))).toMatchObject([{ facts: { missing: ["PK.auth", "KEK.auth", "db.auth"] } }]);
  });

  it("are reported as what they plant in a VM, in the order of the daemon", () => {
    expect(
      certificatesReport(setOf([...HEALTHY_FILES, { name: "notes.txt", bytes: noise(9, 1) }]), {
        platform: nodePlatform,
        knowledge: testKnowledge,
      }),
    ).toMatchObject({
      kind: "pool",
      active: true,
      plants: [
        { name: "dbx", bytes: 28 + 12 * 48, signatures: 12, timestamp: "2025-07-29T14:22:00" },
        { name: "db", signatures: 1 },
        { name: "KEK", signatures: 1, certificates: [expect.stringMatching(/./)] },
        { name: "PK", signatures: 1 },
      ],
    });
  });
});
