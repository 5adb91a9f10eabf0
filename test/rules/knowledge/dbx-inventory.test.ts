import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSignatureDatabase } from "../../../parsers/efi/signature-list.ts";
import { secureBootName } from "../../../parsers/efi/signature-variables.ts";
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { openBlob } from "../../../parsers/nvram/varstored-blob.ts";
import { takeInventory } from "../../../rules/knowledge/dbx-inventory.ts";
import { isFlatHash } from "../../../rules/knowledge/dbx-table.ts";
import { countHashes, indexesOf } from "../../../rules/knowledge/hash-set.ts";
import { SVN_OWNER } from "../../../rules/knowledge/svn.ts";
import { CUSTOM_OWNER, concat, noise, sha256List, x509List } from "../../builders/blob.ts";
import { hasSharedData, sharedBytes } from "../../shared-data.ts";
import {
  BUILT_IN,
  hashesOf,
  hashList,
  hexBytes,
  inventoryOf,
  microsoftDbx,
  platform,
} from "./knowledge-data.ts";

const BOOTMGR_7 = hexBytes("01612b139dd5598843ab1c185c3cb2eb92000007000000000000000000000000");

test("hashes count by what they are, whatever list they stand in", () => {
  const inventory = inventoryOf(
    microsoftDbx("2024-07"),
    hashList(XCP_NG_OWNER, hashesOf("2025-10")),
    sha256List(CUSTOM_OWNER, 3),
  );
  expect(inventory.hashEntryCount).toBe(220 + 431 + 3);
  expect(inventory.knownCount).toBe(431);
  expect(countHashes(inventory.ownedByMicrosoft)).toBe(220);
  expect(inventory.unknownOffsets).toHaveLength(3);
});

test("unknown hashes are named by their place", () => {
  const lists = concat(microsoftDbx("2024-07"), sha256List(CUSTOM_OWNER, 2));
  const first = 28 + 48 * 220 + 28;
  expect(inventoryOf(lists).unknownOffsets).toEqual(Int32Array.of(first, first + 48));
});

test("an SVN entry is no hash, under its own owner or another", () => {
  const inventory = inventoryOf(hashList(SVN_OWNER, [BOOTMGR_7]), hashList(XCP_NG_OWNER, [BOOTMGR_7]));
  expect(inventory.hashEntryCount).toBe(0);
  expect(inventory.svns.map(({ owner, offset, svn }) => [owner, offset, svn.major])).toEqual([
    [SVN_OWNER, 28, 7],
    [XCP_NG_OWNER, 104, 7],
  ]);
});

test("a hash that begins with 1 stays a hash", () => {
  const hash = noise(32, 5);
  hash[0] = 1;
  expect(inventoryOf(hashList(SVN_OWNER, [hash])).unknownOffsets).toEqual(Int32Array.of(28));
});

test("certificates are told by their fingerprint", () => {
  const der = noise(700, 3);
  const [certificate] = inventoryOf(sha256List(CUSTOM_OWNER, 1), x509List(MICROSOFT_OWNER, der)).certificates;
  expect(certificate).toEqual({
    owner: MICROSOFT_OWNER,
    offset: 28 + 48 + 28,
    sha256: Buffer.from(platform.sha256(der)).toString("hex"),
  });
});

test("any bytes give an inventory whose numbers add up", () => {
  const lists = concat(microsoftDbx("2024-07"), x509List(MICROSOFT_OWNER, noise(90, 1)));
  const edits = fc.array(fc.tuple(fc.nat(lists.length - 1), fc.nat(255)), { maxLength: 6 });
  fc.assert(
    fc.property(edits, fc.nat(lists.length), (changes, end) => {
      const bytes = lists.slice(0, end);
      for (const [at, value] of changes) if (at < end) bytes[at] = value;
      const inventory = inventoryOf(bytes);
      expect(inventory.knownCount).toBe(countHashes(inventory.known));
      expect(inventory.knownCount + inventory.unknownOffsets.length).toBeLessThanOrEqual(
        inventory.hashEntryCount,
      );
    }),
  );
});

test("certificates are looked at up to the limit of a variable", () => {
  const limit = PARSER_LIMITS.maxStoredCertificates;
  const lists = (count: number) =>
    Array.from({ length: count }, () => x509List(MICROSOFT_OWNER, Uint8Array.of(1)));
  expect(inventoryOf(...lists(limit)).certificates).toHaveLength(limit);
  expect(inventoryOf(...lists(limit + 1)).certificates).toHaveLength(limit);
});

describe.skipIf(!hasSharedData)("the real daemon's dbx", () => {
  const inventoryOfCase = (name: string): ReturnType<typeof takeInventory> => {
    const variables = openBlob(sharedBytes(`${name}.vars`)).variables;
    const dbx = variables.find((variable) => secureBootName(variable) === "dbx");
    return takeInventory(BUILT_IN, readSignatureDatabase(dbx?.data ?? new Uint8Array(0)), platform);
  };

  test("without the hashes of files, 03, 05 and 06 keep 430, 431 and 443 hashes", () => {
    for (const [name, entries, kept, bytes] of [
      ["05-affected-dbx-60440", 1258, 431, 20_716],
      ["03-affected-first-boot", 827, 430, 20_668],
      ["06-affected-dbx-61016", 1270, 443, 21_292],
    ] as const) {
      const { known, hashEntryCount, unknownOffsets } = inventoryOfCase(name);
      const live = indexesOf(known).filter((index) => !isFlatHash(BUILT_IN, index));
      expect([hashEntryCount, unknownOffsets.length, live.length]).toEqual([entries, 0, kept]);
      expect(28 + 48 * live.length).toBe(bytes);
    }
  });
});
