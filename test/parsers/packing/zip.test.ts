import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { dataOffsetOf, isZip, readZipDirectory } from "../../../parsers/packing/zip.ts";
import { noise } from "../../builders/blob.ts";
import { makeZip } from "../../builders/zip.ts";

const FILES = [
  { name: "a/b.txt", bytes: noise(500, 1), method: 0 },
  { name: "ä.bin", bytes: new Uint8Array(3000) },
  { name: "folder/", bytes: new Uint8Array(0), mode: 0o40755 },
  { name: "link", bytes: Buffer.from("/etc/passwd"), mode: 0o120777 },
  { name: "pipe", bytes: new Uint8Array(0), mode: 0o10644 },
  { name: "secret", bytes: noise(40, 2), isEncrypted: true },
];

const readerOf =
  (bytes: Uint8Array) =>
  (position: number, length: number): Uint8Array =>
    bytes.subarray(position, position + length);

function directory(bytes: Uint8Array) {
  return readZipDirectory(readerOf(bytes), bytes.length);
}

async function errorOf(bytes: Uint8Array): Promise<ParseError> {
  try {
    await directory(bytes);
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  throw new Error("no ParseError was thrown");
}

describe("readZipDirectory", () => {
  it("tells members, what they are, and where their data lies", async () => {
    const archive = makeZip(FILES, "a comment");
    expect(isZip(archive)).toBe(true);
    const members = await directory(archive);
    expect(members.map(({ name, kind }) => [name, kind])).toEqual([
      ["a/b.txt", "file"],
      ["ä.bin", "file"],
      ["folder/", "folder"],
      ["link", "link"],
      ["pipe", "special"],
      ["secret", "file"],
    ]);
    expect(members.map(({ isEncrypted }) => isEncrypted)).toEqual([false, false, false, false, false, true]);
    const [first] = members;
    const start = await dataOffsetOf(first!, readerOf(archive), archive.length);
    expect(archive.subarray(start, start + 500)).toEqual(FILES[0]!.bytes);
  });

  it("takes an archive without members, and one behind which something stands", async () => {
    expect(await directory(makeZip([]))).toEqual([]);
    expect(isZip(makeZip([]))).toBe(true);
    expect(await directory(Buffer.concat([makeZip(FILES), new Uint8Array(100)]))).toHaveLength(FILES.length);
  });

  it("says of an archive that is cut that it is", async () => {
    const archive = makeZip(FILES);
    for (let length = 4; length < archive.length; length += 41)
      expect((await errorOf(archive.subarray(0, length))).code).toBe("truncated");
  });

  it("refuses members that share their data: that is how a small bomb becomes a large one", async () => {
    const kernel = noise(4000, 3);
    const sharing = Array.from({ length: 5 }, (_, i) => ({
      name: `${i}`,
      bytes: kernel,
      method: 0,
      sameDataAs: 0,
    }));
    const error = await errorOf(makeZip([{ name: "first", bytes: kernel, method: 0 }, ...sharing]));
    expect(error.code).toBe("over-limit");
    expect(error.found).toContain("overlap");
  });

  it("refuses more members, and a larger directory, than there may be", async () => {
    const archive = makeZip(FILES);
    const end = archive.length - 22;
    const { maxZipDirectoryBytes } = PARSER_LIMITS;
    new DataView(archive.buffer).setUint32(end + 12, maxZipDirectoryBytes + 1, true);
    expect((await errorOf(archive)).found).toBe(`${maxZipDirectoryBytes + 1}`);
    new DataView(archive.buffer).setUint32(end + 12, maxZipDirectoryBytes, true);
    expect((await errorOf(archive)).code).toBe("truncated");
  });

  it("reads the numbers of ZIP64, and refuses more members than an archive may have", async () => {
    const { maxArchiveMembers } = PARSER_LIMITS;
    for (const [count, code] of [
      [maxArchiveMembers + 1, "over-limit"],
      [maxArchiveMembers, "bad-structure"],
    ] as const) {
      const record = new Uint8Array(56);
      const view = new DataView(record.buffer);
      view.setUint32(0, 0x06064b50, true);
      view.setBigUint64(32, BigInt(count), true);
      const locator = new Uint8Array(20);
      new DataView(locator.buffer).setUint32(0, 0x07064b50, true);
      expect((await errorOf(Buffer.concat([record, locator, makeZip([])]))).code).toBe(code);
    }
  });

  it("ends with members or a ParseError whatever bytes are changed", async () => {
    const archive = makeZip(FILES);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(archive.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        async (changes) => {
          const damaged = archive.slice();
          for (const [at, value] of changes) damaged[at] = value;
          try {
            for (const member of await directory(damaged))
              await dataOffsetOf(member, readerOf(damaged), damaged.length);
          } catch (error) {
            if (!(error instanceof ParseError)) throw error;
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});
