import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii, concatBytes, toHex } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { xoCache } from "../../../parsers/formats/xo-cache.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import type { VmSource } from "../../../parsers/model.ts";
import { JsonMemberScanner } from "../../../parsers/text/json-members.ts";
import { decodeUtf8, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { healthyBlob } from "../../builders/blob.ts";
import { backupPath, cacheText, deltaMetadata, fullMetadata } from "../../builders/xen-orchestra.ts";

const UUID = "0a4f2c4e-8d1f-4c57-9b3e-5a2b6f1c7d01";
const fields = (day: number) => ({
  uuid: UUID,
  name_label: 'wéb "1" {',
  time: new Date(Date.UTC(2025, 9, day, 2)),
  blob: healthyBlob(),
});

interface Reading {
  readonly batches: readonly (readonly VmSource[])[];
  readonly error: ParseError | null;
}

function read(text: Uint8Array, pieceBytes = text.length): Reading {
  const batches: (readonly VmSource[])[] = [];
  const reader = xoCache.reader(nodePlatform, (copies) => batches.push(copies));
  try {
    for (let at = 0; at < text.length; at += pieceBytes) reader.feed(text.subarray(at, at + pieceBytes));
    reader.end();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { batches, error };
  }
  return { batches, error: null };
}

describe("the cache of backups", () => {
  const text = cacheText([fields(1), fields(2), fields(3)], deltaMetadata);

  it("is known by the paths in it, not by its name", () => {
    expect(xoCache.probe(text)).toBe(true);
    expect(xoCache.probe(ascii('{"/xo-vm-backups/x.txt":{}}'))).toBe(false);
    expect(xoCache.probe(ascii("{}"))).toBe(false);
  });

  it("gives the copies of each backup together, with the path of its own JSON", () => {
    const { batches, error } = read(text);
    expect(error).toBeNull();
    expect(batches.map((copies) => copies.map(({ source }) => source))).toEqual(
      Array(3).fill(["vm.NVRAM", "vmSnapshot.NVRAM", "vmSnapshot.snapshot_metadata.NVRAM"]),
    );
    expect(batches.map(([first]) => first?.backup?.file)).toEqual(
      [1, 2, 3].map((day) => backupPath(fields(day))),
    );
    expect(batches[2]?.[0]).toMatchObject({
      nameLabel: 'wéb "1" {',
      backup: { vmUuid: UUID, timestamp: "2025-10-03T02:00:00.000Z" },
    });
  });

  it("takes VM and time from the path where the metadata was trimmed", () => {
    const { jobId, vmSnapshot } = fullMetadata(fields(1));
    const trimmed = encodeUtf8(JSON.stringify({ [backupPath(fields(1))]: { jobId, vmSnapshot } }));
    expect(read(trimmed).batches[0]?.[0]?.backup).toMatchObject({
      vmUuid: UUID,
      timestamp: "2025-10-01T02:00:00.000Z",
    });
  });

  it("is read alike in pieces of any size", () => {
    const shapeOf = ({ batches, error }: Reading) => [
      error,
      batches.flat().map(({ nvram, ...vm }) => [vm, nvram?.blob && toHex(nvram.blob.bytes)]),
    ];
    const whole = shapeOf(read(text));
    for (const pieceBytes of [1, 7, 4096]) expect(shapeOf(read(text, pieceBytes))).toEqual(whole);
  });

  it("keeps what stood before a cut or a broken entry, and says where that is", () => {
    const cut = read(text.subarray(0, text.length - 10));
    expect([cut.batches.length, cut.error?.code]).toEqual([2, "truncated"]);
    const broken = read(
      concatBytes([text.subarray(0, text.length - 1), ascii(',"/xo-vm-backups/x.json":{oops}}')]),
    );
    expect([broken.batches.length, broken.error?.code]).toEqual([3, "bad-structure"]);
    expect(broken.error?.path).toBe("/xo-vm-backups/x.json");
  });

  it("refuses an entry that is nested too deep", () => {
    const deep = `{"/xo-vm-backups/x.json":${'{"a":'.repeat(100_000)}1${"}".repeat(100_000)}}`;
    expect(read(ascii(deep)).error?.code).toBe("over-limit");
  });

  it("takes as many entries as the limit allows, and not one of a million more", () => {
    const entry = ascii('"/xo-vm-backups/x.json":{},');
    const { maxXoCacheEntries } = PARSER_LIMITS;
    const entries = (count: number) =>
      concatBytes([ascii("{"), ...Array<Uint8Array>(count - 1).fill(entry), ascii('"x":{}}')]);
    expect(read(entries(maxXoCacheEntries)).error).toBeNull();
    expect(read(entries(maxXoCacheEntries + 1)).error?.code).toBe("over-limit");
    expect(read(entries(1_000_000)).error?.code).toBe("over-limit");
  });
});

describe("JsonMemberScanner", () => {
  function members(text: Uint8Array, pieceBytes: number): [string, unknown][] {
    const found: [string, unknown][] = [];
    const scanner = new JsonMemberScanner((name, value) => found.push([name, JSON.parse(decodeUtf8(value))]));
    for (let at = 0; at < text.length; at += pieceBytes) scanner.feed(text.subarray(at, at + pieceBytes));
    scanner.end();
    return found;
  }

  it("finds the members of any object, whatever the pieces", () => {
    const names = fc
      .stringMatching(/^[^"\\]*$/)
      .filter((name) => name !== "__proto__" && !/^\d+$/.test(name));
    fc.assert(
      fc.property(
        fc.dictionary(names, fc.jsonValue()),
        fc.integer({ min: 1, max: 9 }),
        (object, pieceBytes) => {
          const plain = Object.entries(JSON.parse(JSON.stringify(object)));
          const rawNames = plain.map(([name, value]) => [JSON.stringify(name).slice(1, -1), value]);
          for (const indent of [0, 2])
            expect(members(encodeUtf8(JSON.stringify(object, null, indent)), pieceBytes)).toEqual(rawNames);
        },
      ),
      { numRuns: 200 },
    );
  });

  function errorOf(...pieces: readonly Uint8Array[]): string | null {
    const scanner = new JsonMemberScanner(() => {});
    try {
      for (const piece of pieces) scanner.feed(piece);
      scanner.end();
      return null;
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return error.code;
    }
  }

  it.each(["[]", "{]", '{"a" 1}', '{"a":1,}', '{"a":1} x', "{1:2}", '{"a":1}}'])("refuses %s", (text) => {
    expect(errorOf(ascii(text))).toBe("bad-structure");
  });

  it.each(["", "{", '{"a', '{"a":', '{"a":1', '{"a":"}'])("misses the end of %s", (text) => {
    expect(errorOf(ascii(text))).toBe("truncated");
  });

  it("takes a name and a value up to their limits", () => {
    const named = (length: number) => ascii(`{"${"n".repeat(length)}":1}`);
    expect(errorOf(named(4096))).toBeNull();
    expect(errorOf(named(4097))).toBe("over-limit");
    const long = new Uint8Array(PARSER_LIMITS.maxJsonBytes).fill(0x31);
    expect(errorOf(ascii('{"a":'), long, ascii("}"))).toBeNull();
    expect(errorOf(ascii('{"a":'), long, ascii("1}"))).toBe("over-limit");
  });
});
