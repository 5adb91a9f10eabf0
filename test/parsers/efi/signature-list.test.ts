import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { indexSignatures } from "../../../parsers/efi/signature-index.ts";
import { readSignatureDatabase, signatureAt, signatureOffsets } from "../../../parsers/efi/signature-list.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import {
  CUSTOM_OWNER,
  concat,
  MICROSOFT_OWNER,
  noise,
  sha256List,
  signature,
  XCP_NG_OWNER,
  x509List,
} from "../../builders/blob.ts";

function withU32(bytes: Uint8Array, offset: number, value: number): Uint8Array {
  const copy = bytes.slice();
  new DataView(copy.buffer).setUint32(offset, value, true);
  return copy;
}

describe("signature lists", () => {
  it("give their entries with spans and owners", () => {
    const certificate = noise(100, 3);
    const database = readSignatureDatabase(
      concat(sha256List(MICROSOFT_OWNER, 2), x509List(CUSTOM_OWNER, certificate)),
    );
    expect(database.fault).toBeNull();
    expect(database.lists.map(({ signatureCount }) => signatureCount)).toEqual([2, 1]);
    const entry = signatureAt(database.data, database.lists[1]!, 0);
    expect(entry.signatureOwner).toBe(CUSTOM_OWNER);
    expect(entry.signatureData).toEqual(certificate);
    expect(entry.span).toEqual({ start: 124 + 28, end: 124 + 28 + 116 });
  });

  const list = sha256List(MICROSOFT_OWNER, 2);
  it.each([
    ["a list size of zero", withU32(list, 16, 0), "list-size-too-small", 0],
    ["a list size of 27", withU32(list, 16, 27), "list-size-too-small", 0],
    ["a list size past the end", withU32(list, 16, 1000), "list-size-past-end", 2],
    ["a list size of 4 GiB", withU32(list, 16, 0xffff_ffff), "list-size-past-end", 2],
    ["a header size past the list", withU32(list, 20, 0xffff_fff0), "header-size-past-list", 0],
    ["a signature size of zero", withU32(list, 24, 0), "signature-size-too-small", 0],
    ["a signature size of an owner alone", withU32(list, 24, 16), "signature-size-too-small", 0],
    [
      "a signature size that the type does not have",
      withU32(list, 24, 96),
      "signature-size-wrong-for-type",
      1,
    ],
    ["a part of an entry", withU32(list, 16, 100), "partial-signature", 1],
    ["bytes behind the last list", concat(list, Uint8Array.of(1, 2, 3)), "list-header-cut", 2],
  ])("with %s name the fault and give what can be read", (_title, data, code, readable) => {
    const database = readSignatureDatabase(data);
    expect(database.fault?.code).toBe(code);
    expect(database.lists.reduce((sum, { signatureCount }) => sum + signatureCount, 0)).toBe(readable);
  });

  it("stop at the limit of lists, and not one before", () => {
    const header = withU32(withU32(new Uint8Array(28), 16, 28), 24, 48);
    const lists = (count: number) => {
      const data = new Uint8Array(28 * count);
      for (let i = 0; i < count; i++) data.set(header, 28 * i);
      return readSignatureDatabase(data);
    };
    expect(lists(PARSER_LIMITS.maxSignatureLists).fault).toBeNull();
    expect(lists(PARSER_LIMITS.maxSignatureLists + 1).fault?.code).toBe("too-many-lists");
  });

  it("never loop, throw or leave the data, whatever the bytes", () => {
    const wild = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc
        .tuple(fc.nat(200), fc.nat(0xffff_ffff))
        .map(([at, value]) => withU32(sha256List(XCP_NG_OWNER, 4), Math.min(at, 216), value)),
    );
    fc.assert(
      fc.property(wild, (data) => {
        for (const { firstSignature, signatureSize, signatureCount } of readSignatureDatabase(data).lists) {
          if (firstSignature + signatureSize * signatureCount > data.length)
            throw new Error("an entry leaves the data");
        }
      }),
      { numRuns: 3000 },
    );
  });
});

describe("the index of signatures", () => {
  it("finds the first entry with the same data under any owner and any seed", () => {
    const data = concat(
      sha256List(XCP_NG_OWNER, 3),
      sha256List(MICROSOFT_OWNER, 3, 1),
      x509List(MICROSOFT_OWNER, noise(32, 1000)),
    );
    for (const seed of [0, 1, -5, 0x7fff_ffff]) {
      const index = indexSignatures(readSignatureDatabase(data), seed);
      expect([...index.firstWithSameData]).toEqual([0, 1, 2, 1, 2, 5, 6]);
    }
  });

  it("tells data apart that was made to look alike where it is looked at first", () => {
    const count = 3000;
    const alike = (i: number): Uint8Array => {
      const data = noise(32, 7);
      data.set([i & 0xff, i >> 8], 8);
      return signature(MICROSOFT_OWNER, data);
    };
    const entries = Array.from({ length: count }, (_, i) => alike(i % (count - 1)));
    const header = sha256List(MICROSOFT_OWNER, 0);
    const data = withU32(concatBytes([header, ...entries]), 16, 28 + 48 * count);
    const index = indexSignatures(readSignatureDatabase(data), 11);
    expect([...index.firstWithSameData]).toEqual(Array.from({ length: count }, (_, i) => i % (count - 1)));
  });

  it("agrees with a comparison of all pairs", () => {
    const entry = fc
      .tuple(fc.constantFrom(MICROSOFT_OWNER, XCP_NG_OWNER), fc.nat(5))
      .map(([owner, i]) => signature(owner, noise(32, i + 1)));
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 30 }), fc.integer(), (entries, seed) => {
        const header = sha256List(MICROSOFT_OWNER, 0);
        const data = withU32(concat(header, ...entries), 16, 28 + 48 * entries.length);
        const database = readSignatureDatabase(data);
        const texts = entries.map((bytes) => bytes.subarray(16).join());
        const index = indexSignatures(database, seed);
        expect([...index.firstWithSameData]).toEqual(texts.map((text) => texts.indexOf(text)));
        expect([...index.offsets]).toEqual(database.lists.flatMap((list) => [...signatureOffsets(list)]));
      }),
      { numRuns: 200 },
    );
  });
});
