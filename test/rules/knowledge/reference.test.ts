import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ascii, viewOf } from "../../../parsers/bytes.ts";
import { buildUnsignedAuth } from "../../../parsers/efi/auth-header.ts";
import { char16Bytes } from "../../../parsers/efi/char16.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { MICROSOFT_OWNER, XCP_NG_OWNER } from "../../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import {
  KEK_2K_CA_2023,
  KEK_CA_2011,
  knownCertificate,
  WINDOWS_PRODUCTION_PCA_2011,
} from "../../../rules/knowledge/certificates.ts";
import { describeHash, imageNames } from "../../../rules/knowledge/dbx-names.ts";
import { DBX_NAMES_DATA } from "../../../rules/knowledge/dbx-names-data.ts";
import { growthBy } from "../../../rules/knowledge/dbx-releases.ts";
import {
  type DbxTable,
  hashAt,
  indexOfHash,
  isAuthenticodeHash,
  isFlatHash,
} from "../../../rules/knowledge/dbx-table.ts";
import { extendTable } from "../../../rules/knowledge/extend-table.ts";
import { hasHash, indexesOf } from "../../../rules/knowledge/hash-set.ts";
import { readReference, withReferenceNames } from "../../../rules/knowledge/reference.ts";
import type { Reference } from "../../../rules/knowledge/reference-content.ts";
import { SVN_OWNER } from "../../../rules/knowledge/svn.ts";
import { concat, noise, x509List } from "../../builders/blob.ts";
import {
  BUILT_IN,
  hashesOf,
  hashList,
  hasMicrosoftData,
  hexBytes,
  inventoryOf,
  microsoftDbx,
  microsoftFile,
  platform,
  release,
} from "./knowledge-data.ts";

const BOOTMGR_12 = "01612b139dd5598843ab1c185c3cb2eb9200000c000000000000000000000000";
const NEW_HASH = noise(32, 77);
const NEW_FLAT = noise(32, 78);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex").toUpperCase();

function read(bytes: Uint8Array, name = "new.bin"): Reference {
  return readReference(bytes, name, platform);
}

function extended(bytes: Uint8Array, name?: string): DbxTable {
  return extendTable(BUILT_IN, read(bytes, name));
}

function failureOf(bytes: Uint8Array): ParseError {
  try {
    read(bytes);
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  throw new Error("no error");
}

function image(fields: object): object {
  return { hashType: "SHA256", filename: "shimx64.efi ", companyName: "Somebody", flatHash: "", ...fields };
}

function tableJson(fields: object = {}): Uint8Array {
  const images = {
    x64: [
      image({
        authenticodeHash: hex(NEW_HASH),
        flatHash: hex(NEW_FLAT),
        dateOfAddition: "2027-01-12",
        isOptional: "true",
      }),
      image({ authenticodeHash: hex(hashesOf("2025-10")[0]!), dateOfAddition: "2020-07-01" }),
      image({ authenticodeHash: hex(NEW_HASH) }),
      image({ authenticodeHash: "no hash" }),
      null,
    ],
    arm: [image({ authenticodeHash: hex(noise(32, 79)) })],
  };
  const certificates = [
    { thumbprint: knownCertificate(WINDOWS_PRODUCTION_PCA_2011)?.sha1 },
    { thumbprint: "00" },
  ];
  const svns = [{ value: BOOTMGR_12.toUpperCase(), dateOfLastChange: "2027-01-05" }, { value: "01" }, 7];
  return ascii(JSON.stringify({ images, certificates, svns, ...fields }));
}

describe("a dbx_info table", () => {
  test("brings a release with the hashes for x64 and one with what is opt-in", () => {
    const table = extended(tableJson(), "latest.json");
    const [hashes, optIn] = table.releases.slice(-2);
    expect(hashes).toMatchObject({
      id: "latest.json",
      date: "2027-01-12",
      signer: null,
      hashCount: 2,
      svns: [],
    });
    expect(hashes?.payloadBytes).toBe(28 + 2 * 48);
    expect(optIn).toMatchObject({
      id: "latest.json (SVN)",
      date: "2027-01-05",
      hashCount: 0,
      payloadBytes: 1543 + 76,
    });
    expect(optIn?.certificates).toEqual([{ sha256: WINDOWS_PRODUCTION_PCA_2011, derBytes: 1499 }]);
    expect(optIn?.svns.map(({ major }) => major)).toEqual([12]);
  });

  test("teaches new hashes, their kind and their image, and keeps the indexes of the old ones", () => {
    const reference = read(tableJson());
    const table = extendTable(BUILT_IN, reference);
    const names = withReferenceNames(imageNames(DBX_NAMES_DATA), table, [reference]);
    const index = indexOfHash(table, NEW_HASH);
    expect(index).toBeGreaterThanOrEqual(BUILT_IN.hashCount);
    expect(hashAt(table, index)).toEqual(NEW_HASH);
    expect(describeHash(table, names, index)).toMatchObject({
      kind: "authenticode",
      architectures: ["x64"],
      isOptional: true,
      releases: ["new.bin"],
      images: [{ fileName: "shimx64.efi", company: "Somebody" }, { fileName: "shimx64.efi" }],
    });
    expect(isFlatHash(table, indexOfHash(table, NEW_FLAT))).toBe(true);
    for (let i = 0; i < BUILT_IN.hashCount; i += 50) {
      expect(indexOfHash(table, hashAt(BUILT_IN, i))).toBe(i);
      expect(names(i)).toEqual(imageNames(DBX_NAMES_DATA)(i));
    }
  });

  test("is read in UTF-16 and behind a byte order mark as well", () => {
    const text = tableJson();
    const utf16 = concat(Uint8Array.of(0xff, 0xfe), char16Bytes(Buffer.from(text).toString("latin1")));
    expect(read(utf16).hashes).toEqual(read(text).hashes);
    expect(read(concat(Uint8Array.of(0xef, 0xbb, 0xbf), ascii(" \r\n"), text)).hashes).toEqual(
      read(text).hashes,
    );
  });

  test("without anything for x64 is refused, and so is other JSON", () => {
    const empty = tableJson({
      images: { arm: [image({ authenticodeHash: hex(NEW_HASH) })] },
      certificates: 5,
      svns: {},
    });
    expect(failureOf(empty)).toMatchObject({ code: "bad-structure", path: "new.bin" });
    expect(failureOf(ascii("{}"))).toMatchObject({ code: "bad-structure" });
    expect(failureOf(ascii("{ not json"))).toMatchObject({
      code: "bad-structure",
      found: "a text that is no JSON",
    });
    expect(failureOf(ascii('{"images":[1],"svns":"x"}'))).toMatchObject({ code: "bad-structure" });
  });
});

describe("an update", () => {
  const lists = concat(
    hashList(MICROSOFT_OWNER, [...hashesOf("2026-06b"), NEW_HASH]),
    hashList(SVN_OWNER, [hexBytes(BOOTMGR_12)]),
    x509List(MICROSOFT_OWNER, noise(700, 4)),
  );

  test("of bare lists brings one release with all that they hold", () => {
    const added = extended(lists).releases.at(-1);
    expect(added).toMatchObject({
      hashCount: 444,
      payloadBytes: lists.length,
      signer: null,
      ownedByMicrosoft: true,
    });
    expect(added?.svns.map(({ major }) => major)).toEqual([12]);
    expect(added?.certificates.map(({ derBytes }) => derBytes)).toEqual([700]);
  });

  test("with the header of an authenticated write is the same", () => {
    const auth = buildUnsignedAuth(new Uint8Array(16), lists);
    expect(extended(auth).releases.at(-1)).toEqual(extended(lists).releases.at(-1));
  });

  test("names the KEK whose name stands in its signature", () => {
    for (const sha256 of [KEK_CA_2011, KEK_2K_CA_2023]) {
      const name = ascii(`MMicrosoft${knownCertificate(sha256)?.commonName}.`);
      const auth = concat(buildUnsignedAuth(new Uint8Array(16), name), lists);
      viewOf(auth).setUint32(16, 24 + name.length, true);
      expect(read(auth).releases[0]?.signer).toBe(sha256);
    }
  });

  test("of April 2026, with name, GUID, attributes and time before the lists, is read", () => {
    const prefix = concat(char16Bytes("dbx"), new Uint8Array(36));
    const auth = buildUnsignedAuth(new Uint8Array(16), concat(prefix, lists));
    expect(read(auth).releases[0]?.payloadBytes).toBe(lists.length);
  });

  test("has hashes that count as Authenticode hashes, because firmware will compare them", () => {
    const table = extended(lists);
    const index = indexOfHash(table, NEW_HASH);
    expect(isAuthenticodeHash(table, index)).toBe(true);
    expect(describeHash(table, () => [], index).kind).toBe("unlisted");
  });

  test("grows a dbx by what is new, and by everything where its owner is another", () => {
    const table = extended(lists);
    const inventory = inventoryOf(microsoftDbx("2026-06b"));
    expect(growthBy(table.releases.at(-1)!, inventory, 0)).toMatchObject({
      addedCount: 3,
      droppedCount: 443,
    });
    const foreign = extended(hashList(XCP_NG_OWNER, hashesOf("2025-06")));
    expect(growthBy(foreign.releases.at(-1)!, inventory, 0)).toMatchObject({
      addedCount: 430,
      droppedCount: 0,
    });
  });

  test("that is built in already adds nothing", () => {
    expect(extended(microsoftDbx("2025-10")).releases).toEqual(BUILT_IN.releases);
    const twice = extendTable(extended(lists), read(lists, "again.bin"));
    expect(twice.releases).toHaveLength(BUILT_IN.releases.length + 1);
  });

  test("for another architecture is refused", () => {
    const arm = indexesOf(BUILT_IN.authenticode.arm).map((index) => hashAt(BUILT_IN, index));
    expect(() => extended(hashList(MICROSOFT_OWNER, arm))).toThrow(
      /expected an update for x64, found hashes of arm/,
    );
  });

  test("with certificates of other types only is refused", () => {
    const other = hashList(MICROSOFT_OWNER, [NEW_HASH]);
    other[0]! ^= 0xff;
    expect(failureOf(other)).toMatchObject({ code: "unrecognised" });
  });
});

test("two references join", () => {
  const first = extended(hashList(MICROSOFT_OWNER, [NEW_HASH]), "a");
  const table = extendTable(first, read(hashList(MICROSOFT_OWNER, [NEW_HASH, NEW_FLAT]), "b"));
  expect(table.hashCount).toBe(BUILT_IN.hashCount + 2);
  expect(table.releases.slice(-2).map(({ id, hashCount }) => [id, hashCount])).toEqual([
    ["a", 1],
    ["b", 2],
  ]);
  expect(table.releases.map(({ hashes }) => hasHash(hashes, indexOfHash(table, NEW_FLAT))).at(-2)).toBe(
    false,
  );
});

describe("bad input", () => {
  test("is named: nothing, junk, lists that are cut", () => {
    expect(failureOf(new Uint8Array(0))).toMatchObject({ code: "empty-input" });
    expect(failureOf(noise(500, 3))).toMatchObject({ code: "unrecognised" });
    expect(failureOf(microsoftDbx("2025-10").slice(0, -1))).toMatchObject({ code: "unrecognised" });
    expect(failureOf(ascii("[1,2]"))).toMatchObject({ code: "unrecognised" });
  });

  test("is refused above the limit of bytes, not at it", () => {
    const atLimit = new Uint8Array(PARSER_LIMITS.maxReferenceBytes);
    expect(failureOf(atLimit).code).toBe("unrecognised");
    expect(failureOf(new Uint8Array(PARSER_LIMITS.maxReferenceBytes + 1)).code).toBe("over-limit");
  });

  test("is refused above the limit of values, before any is built", () => {
    const table = (values: number) => ascii(`{"images":[${"[],".repeat(values / 2 - 2)}[]]}`);
    expect(failureOf(table(PARSER_LIMITS.maxJsonValues))).toMatchObject({ code: "bad-structure" });
    expect(failureOf(table(PARSER_LIMITS.maxJsonValues + 4))).toMatchObject({
      code: "over-limit",
      path: "new.bin",
    });
  });

  test("is refused above the limit of hashes, not at it", () => {
    const hashes = Array.from({ length: PARSER_LIMITS.maxReferenceHashes + 1 }, (_, i) => {
      const hash = noise(32, 9);
      viewOf(hash).setUint32(28, i);
      return hash;
    });
    expect(failureOf(hashList(MICROSOFT_OWNER, hashes)).code).toBe("over-limit");
    // The same first word in each: the worst case of the hash table.
    const table = extended(hashList(MICROSOFT_OWNER, hashes.slice(1)));
    expect(table.releases.at(-1)?.hashCount).toBe(PARSER_LIMITS.maxReferenceHashes);
  });

  test("gives a reference or a ParseError, whatever the bytes", () => {
    const seeds = [
      tableJson(),
      buildUnsignedAuth(new Uint8Array(16), microsoftDbx("2024-07")),
      microsoftDbx("2024-07"),
    ];
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 });
    fc.assert(
      fc.property(fc.constantFrom(...seeds), edits, fc.nat(), (seed, changes, end) => {
        const bytes = seed.slice(0, end % 3 === 0 ? end % (seed.length + 1) : seed.length);
        for (const [at, value] of changes) if (bytes.length > 0) bytes[at % bytes.length] = value;
        try {
          const { hashes, releases } = read(bytes);
          for (const { members } of releases)
            for (const one of members) expect(one).toBeLessThan(hashes.length / 32);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe.skipIf(!hasMicrosoftData)("Microsoft's files", () => {
  test.each(["2024-07", "2025-01", "2025-02", "2025-06", "2025-10", "2026-06a", "2026-06b"])(
    "DBXUpdate of %s is the release that is built in",
    (id) => {
      const reference = read(microsoftFile(`DBXUpdate-${id}.bin`));
      const [{ payloadBytes, signer, members } = { payloadBytes: 0, signer: null, members: [] }] =
        reference.releases;
      expect([payloadBytes, signer, members.length]).toEqual([
        release(id).payloadBytes,
        release(id).signer,
        release(id).hashCount,
      ]);
      expect(extendTable(BUILT_IN, reference).releases).toEqual(BUILT_IN.releases);
    },
  );

  test.each(["DBXUpdate2024.bin", "DBXUpdateSVN.bin"])("%s is built in", (file) => {
    expect(extended(microsoftFile(file)).releases).toEqual(BUILT_IN.releases);
  });

  test.each(["2025-06", "2025-10", "2026-06"])("dbx_info of %s brings no hash that is not known", (month) => {
    const table = extended(microsoftFile(`dbx_info_msft_${month}.json`));
    expect(table.hashCount).toBe(BUILT_IN.hashCount);
    expect(table.words).toEqual(BUILT_IN.words);
    const known = table.releases.filter(({ hashCount }) => hashCount > 0);
    expect(known).toHaveLength(7);
  });
});
