/** The verdicts that a maintainer would give for the real daemon's blobs. */
import { describe, expect, it } from "vitest";
import { nodePlatform } from "../../platform/node/platform.ts";
import { analyzeVm } from "../../rules/engine/analyze.ts";
import type { Finding, VmAnalysis } from "../../rules/engine/rule.ts";
import { RULES } from "../../rules/index.ts";
import { vmOf } from "../builders/vm-of.ts";
import { testKnowledge } from "../knowledge.ts";
import { hasSharedData, sharedBytes, sharedCases } from "../shared-data.ts";

const VERDICTS: Readonly<Record<string, readonly string[]>> = {
  healthy: ["01", "02", "08", "09", "12", "14", "15"],
  "at-risk": ["03", "04", "07", "11", "13", "16", "17", "20", "27", "30", "31", "32"],
  unbootable: ["05", "06", "10", "21", "22", "24", "25", "26", "28", "29"],
  unreadable: ["23"],
};
/** Nobody is to be alarmed by these. */
const QUIET = ["01", "02", "12", "15"];

const names = sharedCases().map(([name]) => name);

function analysisOf(key: string): VmAnalysis {
  const name = names.find((one) => one.startsWith(key));
  if (name === undefined) throw new Error(`no case ${key}`);
  const settings = { platform: nodePlatform, asOf: "2026-11-22", knowledge: testKnowledge };
  return analyzeVm(vmOf(sharedBytes(`${name}.vars`)), RULES, settings);
}

function found(key: string, ruleId: string): Finding {
  const finding = analysisOf(key).findings.find((one) => one.ruleId === ruleId);
  if (finding === undefined) throw new Error(`${ruleId} is silent on ${key}`);
  return finding;
}

const idsOn = (key: string): string[] => analysisOf(key).findings.map(({ ruleId }) => ruleId);

describe.skipIf(!hasSharedData)("on the real daemon's blobs", () => {
  it.each(Object.entries(VERDICTS).flatMap(([verdict, keys]) => keys.map((key) => ({ key, verdict }))))(
    "$key is $verdict",
    ({ key, verdict }) => {
      expect(analysisOf(key).verdict).toBe(verdict);
    },
  );

  it.each(QUIET)("nothing at warning or above fires on %s", (key) => {
    expect(analysisOf(key).findings.filter(({ severity }) => severity !== "info")).toEqual([]);
  });

  it.each(["03", "07"])("%s is the incident, planted, and names the updates that kill or block it", (key) => {
    const { facts, message, breaks, repair } = found(key, "incident-2025-10");
    expect(facts).toMatchObject({
      stage: "planted",
      variables: ["KEK", "db", "dbx"],
      entries: 834,
      plantedInDbx: 827,
      microsoftInDbx: 0,
      dbxBytes: 39_724,
      update: "2026-06b",
      dbxBytesAfter: 61_016,
      fits: ["2026-06a", "2026-06-svn", "2025-01", "2024-07", "2024-04-pca2011"],
      kills: ["2026-06b", "2025-10", "2025-06", "2025-02"],
      blocked: ["2026-06b", "2025-10", "2025-06", "2025-02"],
    });
    expect(message).toContain("2026-06b");
    expect({ breaks, applicability: repair?.applicability }).toEqual({
      breaks: "update",
      applicability: "safe",
    });
  });

  it("04 has grown by a copy, and names the updates that kill or block it", () => {
    expect(found("04", "incident-2025-10").facts).toMatchObject({
      stage: "grown",
      microsoftInDbx: 220,
      dbxBytes: 50_312,
      update: "2026-06b",
      dbxBytesAfter: 61_044,
      kills: ["2026-06b", "2025-10", "2025-06", "2025-02"],
    });
  });

  it.each([
    ["05", 60_440],
    ["06", 61_016],
  ])("%s is over the limit", (key, dbxBytes) => {
    const { facts, breaks } = found(key, "incident-2025-10");
    expect(facts).toMatchObject({ stage: "over-limit", dbxBytes, fits: [] });
    expect(breaks).toBe("start");
  });

  it.each(["11", "16", "17"])("%s cannot get KEK 2K CA 2023 from inside the guest", (key) => {
    const { severity, breaks, facts } = found(key, "kek-2023-missing");
    expect({ severity, breaks }).toEqual({ severity: "warning", breaks: "update" });
    expect(facts).toEqual({
      missing: "Microsoft Corporation KEK 2K CA 2023",
      pk: "XCP-ng Guest PK",
      publishedForPk: false,
      guestCanGetIt: false,
    });
  });

  it.each(["11", "16"])("%s lacks the certificates of 2023 in db, and the guest can take them", (key) => {
    const { severity, breaks, facts } = found(key, "db-2023-missing");
    expect({ severity, breaks }).toEqual({ severity: "warning", breaks: null });
    expect(facts).toMatchObject({
      missing: ["Windows UEFI CA 2023", "Microsoft UEFI CA 2023", "Microsoft Option ROM UEFI CA 2023"],
      updates: ["DBUpdate2024.bin", "DBUpdate3P2023.bin", "DBUpdateOROM2023.bin"],
      guestCanTakeThem: true,
    });
  });

  it("16 does not start Windows with Secure Boot; 15 does", () => {
    const { severity, breaks } = found("16", "pca2011-revoked-without-successor");
    expect({ severity, breaks }).toEqual({ severity: "error", breaks: "secure-boot" });
    expect(idsOn("16")).not.toContain("revoked-certificate-in-db");
    expect(idsOn("15")).not.toContain("pca2011-revoked-without-successor");
    expect(idsOn("15")).not.toContain("svn-inconsistent");
    expect(found("15", "revoked-certificate-in-db")).toMatchObject({ severity: "info", breaks: null });
  });

  it("17 lacks the KEK alone", () => {
    expect(idsOn("17")).not.toContain("db-2023-missing");
  });

  it("what is missing of the newest release is counted by hash", () => {
    expect(found("01", "dbx-behind").facts).toMatchObject({ missing: 12, ofHashes: 443, next: "2026-06b" });
    expect(found("16", "dbx-behind").facts).toMatchObject({
      missing: 289,
      ofHashes: 289,
      optionalMatters: false,
    });
    expect(idsOn("02")).not.toContain("dbx-behind");
    expect(idsOn("12")).not.toContain("dbx-behind");
  });

  it("the hashes of files that the incident planted are counted, and only there", () => {
    expect(found("03", "dbx-flat-hashes").facts).toEqual({
      flatHashes: 396,
      hashEntries: 827,
      bytes: 19_008,
    });
    for (const key of ["01", "02", "11", "14", "15", "16", "17"])
      expect(idsOn(key)).not.toContain("dbx-flat-hashes");
  });
});
