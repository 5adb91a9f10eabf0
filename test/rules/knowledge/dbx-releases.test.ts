import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readSignatureDatabase } from "../../../parsers/efi/signature-list.ts";
import { secureBootName } from "../../../parsers/efi/signature-variables.ts";
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../../parsers/guids.ts";
import { openBlob } from "../../../parsers/nvram/varstored-blob.ts";
import { WINDOWS_PRODUCTION_PCA_2011 } from "../../../rules/knowledge/certificates.ts";
import { type DbxInventory, takeInventory } from "../../../rules/knowledge/dbx-inventory.ts";
import {
  coverage,
  extraHashes,
  growthBy,
  isCovered,
  missingHashes,
  newestHashRelease,
  nextUpdates,
  type ReleaseCoverage,
} from "../../../rules/knowledge/dbx-releases.ts";
import { countHashes, hasHash, indexesOf } from "../../../rules/knowledge/hash-set.ts";
import { SVN_OWNER } from "../../../rules/knowledge/svn.ts";
import { CUSTOM_OWNER, sha256List } from "../../builders/blob.ts";
import { hasSharedData, SHARED_NVRAM, sharedBytes } from "../../shared-data.ts";
import {
  BUILT_IN,
  hashesOf,
  hashList,
  hexBytes,
  inventoryOf,
  microsoftDbx,
  platform,
  release,
} from "./knowledge-data.ts";

const svn = (major: number): Uint8Array =>
  hexBytes(`01612b139dd5598843ab1c185c3cb2eb920000${major.toString(16).padStart(2, "0")}${"00".repeat(12)}`);
const CDBOOT_3 = hexBytes("019d2ef8e827e15841a4884c18abe2f284000003000000000000000000000000");
const WDSMGFW_3 = hexBytes("01c2ca99c9fe7f6f4981279e2a8a535976000003000000000000000000000000");

function coverageOf(id: string, inventory: DbxInventory): ReleaseCoverage {
  return coverage(inventory, BUILT_IN)[BUILT_IN.releases.indexOf(release(id))]!;
}

test("a dbx covers the releases whose hashes it has, and the rest is counted", () => {
  const inventory = inventoryOf(microsoftDbx("2025-10"), sha256List(CUSTOM_OWNER, 2));
  expect(coverageOf("2025-10", inventory)).toMatchObject({
    coveredCount: 431,
    missingCount: 0,
    extraCount: 2,
  });
  expect(coverageOf("2024-07", inventory)).toMatchObject({
    coveredCount: 220,
    missingCount: 0,
    extraCount: 213,
  });
  expect(coverageOf("2026-06b", inventory)).toMatchObject({ coveredCount: 431, missingCount: 12 });
  expect(isCovered(coverageOf("2025-10", inventory), true)).toBe(true);
  expect(isCovered(coverageOf("2026-06b", inventory), true)).toBe(false);
});

test("the owner does not matter for what firmware finds", () => {
  const inventory = inventoryOf(hashList(XCP_NG_OWNER, hashesOf("2025-10")));
  expect(coverageOf("2025-10", inventory).missingCount).toBe(0);
});

test("optional hashes are told apart among the missing", () => {
  const inventory = inventoryOf(microsoftDbx("2026-06a"));
  const full = coverageOf("2026-06b", inventory);
  expect(full).toMatchObject({ missingCount: 154, missingOptionalCount: 154, extraCount: 0 });
  expect(isCovered(full, true)).toBe(false);
  expect(isCovered(full, false)).toBe(true);
});

test("missing and extra hashes can be named", () => {
  const inventory = inventoryOf(microsoftDbx("2025-06"));
  const missing = missingHashes(release("2026-06a"), inventory);
  expect(countHashes(missing)).toBe(13);
  expect(indexesOf(missing).every((index) => !hasHash(release("2025-06").hashes, index))).toBe(true);
  expect(countHashes(extraHashes(release("2026-06a"), inventory))).toBe(430 - (289 - 13));
});

test("an opt-in update is covered by its certificate and by equal or higher numbers", () => {
  const none = inventoryOf(microsoftDbx("2025-10"));
  expect(coverageOf("2024-04-pca2011", none).missingCertificates).toEqual([WINDOWS_PRODUCTION_PCA_2011]);
  expect(coverageOf("2026-06-svn", none).missingSvns).toHaveLength(3);
  const raised = inventoryOf(hashList(SVN_OWNER, [svn(7), svn(9), svn(8), CDBOOT_3, WDSMGFW_3]));
  expect(isCovered(coverageOf("2026-06-svn", raised), true)).toBe(true);
  const lower = inventoryOf(hashList(SVN_OWNER, [svn(7), CDBOOT_3, WDSMGFW_3]));
  expect(coverageOf("2026-06-svn", lower).missingSvns.map(({ major }) => major)).toEqual([9]);
});

test("a dbx is measured by the newest release that lists hashes", () => {
  expect(newestHashRelease(BUILT_IN)?.id).toBe("2026-06b");
  expect(newestHashRelease({ ...BUILT_IN, releases: [release("2026-06-svn")] })).toBeNull();
});

test("an update adds what is not there under the same owner, and one list header", () => {
  const dbx = microsoftDbx("2025-10");
  const inventory = inventoryOf(dbx);
  expect(growthBy(release("2026-06b"), inventory, dbx.length)).toEqual({
    release: release("2026-06b"),
    addedCount: 12,
    droppedCount: 431,
    addedBytes: 28 + 48 * 12,
    dbxBytesAfter: 20_716 + 604,
    fits: true,
  });
  expect(growthBy(release("2025-06"), inventory, dbx.length)).toMatchObject({ addedCount: 0, addedBytes: 0 });
});

test("under another owner nothing is dropped: the incident's arithmetic", () => {
  const planted = inventoryOf(hashList(XCP_NG_OWNER, hashesOf("2025-06")));
  const after = (id: string): [number, boolean] => {
    const { dbxBytesAfter, fits } = growthBy(release(id), planted, 39_724);
    return [dbxBytesAfter, fits];
  };
  expect(after("2024-07")).toEqual([50_312, true]);
  expect(after("2025-01")).toEqual([51_512, true]);
  expect(after("2025-02")).toEqual([59_720, false]);
  expect(after("2025-06")).toEqual([60_392, false]);
  expect(after("2025-10")).toEqual([60_440, false]);
  expect(after("2026-06a")).toEqual([53_624, true]);
  expect(after("2026-06b")).toEqual([61_016, false]);
});

test("certificates and SVN entries count in growth, an equal SVN of its own owner does not", () => {
  const empty = inventoryOf();
  expect(growthBy(release("2024-04-pca2011"), empty, 0)).toMatchObject({ addedCount: 4, addedBytes: 1715 });
  const held = inventoryOf(hashList(SVN_OWNER, [svn(9)]), hashList(MICROSOFT_OWNER, [CDBOOT_3]));
  expect(growthBy(release("2026-06-svn"), held, 0)).toMatchObject({ addedCount: 2, addedBytes: 28 + 96 });
});

test("the last byte of the limit still fits", () => {
  const empty = inventoryOf();
  const { payloadBytes } = release("2026-06b");
  expect(growthBy(release("2026-06b"), empty, 57_344 - payloadBytes).fits).toBe(true);
  expect(growthBy(release("2026-06b"), empty, 57_345 - payloadBytes).fits).toBe(false);
});

test("next updates are those that add something", () => {
  const dbx = microsoftDbx("2026-06b");
  expect(nextUpdates(BUILT_IN, inventoryOf(dbx), dbx.length).map((next) => next.release.id)).toEqual([
    "2024-04-pca2011",
    "2026-06-svn",
  ]);
});

interface AppendRow {
  readonly nvram: string;
  readonly update: string;
  readonly daemon: "fixed" | "unfixed";
  readonly status: string;
  readonly dbxBytes?: number;
}

describe.skipIf(!hasSharedData)("what the real daemon answered to the signed updates", () => {
  test("agrees with the growth that is predicted", () => {
    const rows: AppendRow[] = JSON.parse(readFileSync(`${SHARED_NVRAM}/expected-append.json`, "utf8"));
    let compared = 0;
    for (const { nvram, update, daemon, status, dbxBytes } of rows) {
      const variables = openBlob(sharedBytes(`${nvram}.vars`)).variables;
      const dbx = variables.find((variable) => secureBootName(variable) === "dbx");
      if (dbx === undefined || dbxBytes === undefined) continue;
      const inventory = takeInventory(BUILT_IN, readSignatureDatabase(dbx.data), platform);
      const growth = growthBy(release(update.replace(/^DBXUpdate-|\.bin$/g, "")), inventory, dbx.data.length);
      if (status === "0x0") {
        expect([nvram, update, growth.dbxBytesAfter]).toEqual([nvram, update, dbxBytes]);
        compared++;
      }
      if (daemon === "fixed" && status === "0x8000000000000009") expect(growth.fits).toBe(false);
    }
    expect(compared).toBeGreaterThan(100);
  });
});
