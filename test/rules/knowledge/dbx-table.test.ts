import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ARCHITECTURES,
  architecturesOf,
  findHash,
  hashAt,
  indexOfHash,
  isAuthenticodeHash,
  isFlatHash,
  wordsOf,
} from "../../../rules/knowledge/dbx-table.ts";
import { countHashes, hasHash, indexesOf, intersection } from "../../../rules/knowledge/hash-set.ts";
import { BUILT_IN, hasMicrosoftData, hexBytes, microsoftFile, release } from "./knowledge-data.ts";

/** Of an image of EgoSecure: the hash of the file is its Authenticode hash as well. */
const FLAT_AND_AUTHENTICODE = "5c39f0e5e0e7fa3be05090813b13d161acaf48494fde6233b452c416d29cddbe";

test("every hash of the table is found at its own index", () => {
  expect(BUILT_IN.hashCount).toBe(1247);
  for (let index = 0; index < BUILT_IN.hashCount; index++) {
    expect(indexOfHash(BUILT_IN, hashAt(BUILT_IN, index))).toBe(index);
  }
});

test("a hash that differs in one bit is unknown, whichever bit it is", () => {
  const hash = hashAt(BUILT_IN, 0);
  for (let bit = 0; bit < 256; bit++) {
    const changed = hash.slice();
    changed[bit >> 3]! ^= 1 << (bit & 7);
    expect(indexOfHash(BUILT_IN, changed)).toBe(-1);
  }
});

test("random bytes are unknown, and only 32 of them are a hash", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(indexOfHash(BUILT_IN, bytes)).toBe(-1);
    }),
  );
});

test("a look-up takes its words from any place", () => {
  const words = wordsOf(new Uint8Array([...new Uint8Array(12), ...hashAt(BUILT_IN, 700)]));
  expect(findHash(BUILT_IN, words, 3)).toBe(700);
});

test("releases have the sizes and counts that Microsoft published", () => {
  const rows = BUILT_IN.releases.map(({ id, payloadBytes, hashCount }) => [id, payloadBytes, hashCount]);
  expect(rows).toEqual([
    ["2024-04-pca2011", 1715, 0],
    ["2024-07", 10_588, 220],
    ["2025-01", 11_788, 245],
    ["2025-02", 19_996, 416],
    ["2025-06", 20_668, 430],
    ["2025-10", 20_716, 431],
    ["2026-06-svn", 172, 0],
    ["2026-06a", 13_900, 289],
    ["2026-06b", 21_292, 443],
  ]);
  for (const { hashes, hashCount, payloadBytes } of BUILT_IN.releases) {
    expect(countHashes(hashes)).toBe(hashCount);
    if (hashCount > 0) expect(payloadBytes).toBe(28 + 48 * hashCount);
  }
});

test("updates that revoke a certificate or raise numbers list no hashes of images", () => {
  expect(release("2024-04-pca2011").certificates.map(({ derBytes }) => derBytes)).toEqual([1499]);
  expect(release("2024-04-pca2011").svns.map(({ major }) => major)).toEqual([2, 2, 2]);
  expect(release("2026-06-svn").svns.map(({ major }) => major)).toEqual([9, 3, 3]);
});

test("releases are not nested: June 2026 came without 154 hashes first, and all of them are optional", () => {
  const [first, second] = [release("2026-06a"), release("2026-06b")];
  const left = indexesOf(second.hashes).filter((index) => !hasHash(first.hashes, index));
  expect(left).toHaveLength(154);
  expect(left.every((index) => hasHash(BUILT_IN.optional, index))).toBe(true);
  expect(countHashes(intersection(first.hashes, BUILT_IN.optional))).toBe(0);
});

test("every hash of a release is an Authenticode hash of x64", () => {
  for (const { hashes } of BUILT_IN.releases) {
    for (const index of indexesOf(hashes)) expect(hasHash(BUILT_IN.authenticode.x64, index)).toBe(true);
  }
});

test("architectures keep their own hashes", () => {
  const counts = ARCHITECTURES.map((one) => countHashes(BUILT_IN.authenticode[one]));
  expect(counts).toEqual([443, 94, 110, 26]);
  const arm = indexesOf(BUILT_IN.authenticode.arm)[0] ?? -1;
  expect(architecturesOf(BUILT_IN, arm)).toEqual(["arm"]);
});

test("the hash of a file is flat, unless it is an Authenticode hash at once", () => {
  const both = indexOfHash(BUILT_IN, hexBytes(FLAT_AND_AUTHENTICODE));
  expect(hasHash(BUILT_IN.flat, both)).toBe(true);
  expect(isAuthenticodeHash(BUILT_IN, both)).toBe(true);
  expect(isFlatHash(BUILT_IN, both)).toBe(false);
  const flat = indexesOf(BUILT_IN.flat).filter((index) => isFlatHash(BUILT_IN, index));
  expect(flat.length).toBe(countHashes(BUILT_IN.flat) - 2);
  expect(flat.some((index) => isAuthenticodeHash(BUILT_IN, index))).toBe(false);
  expect(architecturesOf(BUILT_IN, flat[0] ?? -1)).toEqual([]);
});

describe.skipIf(!hasMicrosoftData)("Microsoft's table of June 2025", () => {
  test("gives what varstored 1.2.0-3.1 planted: 430 Authenticode and 397 flat hashes, 826 distinct", () => {
    const table = JSON.parse(new TextDecoder().decode(microsoftFile("dbx_info_msft_2025-06.json")));
    const images = table.images.x64 as { authenticodeHash: string; flatHash: string }[];
    const authenticode = images.map(({ authenticodeHash }) => authenticodeHash);
    const flat = images.map(({ flatHash }) => flatHash).filter((text) => text !== "");
    expect([authenticode.length, flat.length]).toEqual([430, 397]);
    expect(new Set([...authenticode, ...flat]).size).toBe(826);
    const index = (text: string): number => indexOfHash(BUILT_IN, hexBytes(text));
    expect(authenticode.every((text) => isAuthenticodeHash(BUILT_IN, index(text)))).toBe(true);
    const notFlat = flat.filter((text) => !isFlatHash(BUILT_IN, index(text)));
    expect(notFlat.map((text) => text.toLowerCase())).toEqual([FLAT_AND_AUTHENTICODE]);
  });
});
