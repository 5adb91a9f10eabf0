import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes, toHex } from "../../../parsers/bytes.ts";
import { guidBytes } from "../../../parsers/efi/guid.ts";
import { buildSignatureList } from "../../../parsers/efi/signature-list.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { guidNamed } from "../../../parsers/guids.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { type AccountedRange, accountBytes } from "../../../parsers/nvram/byte-account.ts";
import { openBlob } from "../../../parsers/nvram/varstored-blob.ts";
import { blobBytes, mutatedBlob } from "../../arbitraries.ts";
import {
  healthyBlob,
  incidentBlob,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeVariable,
  sha256List,
  signature,
  XCP_NG_OWNER,
} from "../../builders/blob.ts";

const SHA256 = guidBytes(guidNamed("EFI_CERT_SHA256"));

function account(bytes: Uint8Array): readonly AccountedRange[] {
  return accountBytes(openBlob(bytes));
}

/** `what` and length of each range of the first variable's data. */
function dataRanges(data: Uint8Array): string[] {
  return account(makeBlob([makeSignatureVariable("dbx", data)]))
    .filter(({ path }) => path.startsWith("variables[0].data.") || path === "variables[0].data")
    .map(({ what, start, end, path }) => `${what} ${end - start} ${path.slice("variables[0].data".length)}`);
}

/** Where ranges stop to follow each other up to the last byte; null where they do not. */
function firstGap(bytes: Uint8Array, ranges: readonly AccountedRange[]): number | null {
  let end = 0;
  for (const range of ranges) {
    if (range.start !== end || range.end <= range.start) return end;
    end = range.end;
  }
  return end === bytes.length ? null : end;
}

describe("the byte account", () => {
  it("names the fields of the header, the ancillary data and a record in their order", () => {
    const bytes = makeBlob([makeVariable("Lang", Uint8Array.of(1, 2, 3))]);
    expect(account(bytes).map(({ what, start, end }) => `${what} ${end - start}`)).toEqual([
      "magic 4",
      "version 4",
      "variable-count 8",
      "data-length-of-all 8",
      "mor_key 8",
      "ppi_vdata 260",
      "name-length 8",
      "name 8",
      "data-length 8",
      "data 3",
      "guid 16",
      "attributes 4",
      "timestamp 16",
      "digest 32",
    ]);
  });

  it("leads by its ranges to the bytes that they name", () => {
    const bytes = makeBlob([makeVariable("Lang", Uint8Array.of(1, 2, 3))]);
    const range = account(bytes).find(({ path }) => path === "variables[0].data");
    expect(toHex(bytes.subarray(range?.start, range?.end))).toBe("010203");
  });

  it("has no ancillary data where the version has none", () => {
    const kinds = account(makeBlob([], 1)).map(({ what }) => what);
    expect(kinds).toEqual(["magic", "version", "variable-count", "data-length-of-all"]);
  });

  it("takes the data of a signature database apart, entries of one owner together", () => {
    const mixed = buildSignatureList(SHA256, new Uint8Array(0), 48, [
      signature(XCP_NG_OWNER, new Uint8Array(32)),
      signature(MICROSOFT_OWNER, new Uint8Array(32)),
      signature(MICROSOFT_OWNER, new Uint8Array(32).fill(1)),
    ]);
    expect(dataRanges(concatBytes([mixed, sha256List(MICROSOFT_OWNER, 5)]))).toEqual([
      "signature-list-header 28 .lists[0].header",
      "signatures 48 .lists[0].signatures[0]",
      "signatures 96 .lists[0].signatures[1..2]",
      "signature-list-header 28 .lists[1].header",
      "signatures 240 .lists[1].signatures[0..4]",
    ]);
  });

  it("shows the header area of a list, the slack behind its entries and what no list explains", () => {
    const list = buildSignatureList(SHA256, new Uint8Array(6), 48, [
      signature(MICROSOFT_OWNER, new Uint8Array(32)),
    ]);
    const longer = concatBytes([list, new Uint8Array(5)]);
    new DataView(longer.buffer).setUint32(16, longer.length, true);
    expect(dataRanges(concatBytes([longer, Uint8Array.of(1, 2, 3)]))).toEqual([
      "signature-list-header 28 .lists[0].header",
      "signature-header 6 .lists[0].signatureHeader",
      "signatures 48 .lists[0].signatures[0]",
      "slack 5 .lists[0].slack",
      "not-decoded 3 .rest",
    ]);
  });

  it("leaves data that holds no list whole", () => {
    expect(dataRanges(new Uint8Array(20))).toEqual(["data 20 "]);
  });

  it("calls what stands behind the last record not decoded", () => {
    const bytes = concatBytes([healthyBlob(), Uint8Array.of(9, 9)]);
    expect(account(bytes).at(-1)).toEqual({
      start: bytes.length - 2,
      end: bytes.length,
      what: "not-decoded",
      path: "rest",
    });
  });

  it.each([0, 1])("takes as many ranges apart as it may, and %i more as plain data", (beyond) => {
    const { maxAccountedRanges } = PARSER_LIMITS;
    // Each list is accounted once, and its one entry once more.
    const list = sha256List(MICROSOFT_OWNER, 1);
    const lists = Math.floor(maxAccountedRanges / 2) + beyond;
    const bytes = makeBlob([
      makeSignatureVariable("dbx", concatBytes(Array.from({ length: lists }, () => list))),
    ]);
    const ranges = account(bytes);
    expect(ranges.filter(({ what }) => what === "data").length).toBe(beyond);
    expect(ranges.filter(({ what }) => what === "signatures").length).toBe(maxAccountedRanges / 2);
    expect(firstGap(bytes, ranges)).toBeNull();
  });

  it("covers every byte exactly once, of whatever opens", () => {
    fc.assert(
      fc.property(fc.oneof(mutatedBlob, blobBytes), (bytes) => {
        try {
          expect(firstGap(bytes, account(bytes))).toBeNull();
        } catch (error) {
          if (!(error instanceof ParseError)) throw error;
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("covers a blob that is cut at any byte", () => {
    const bytes = incidentBlob(4, 3);
    for (let length = 24; length <= bytes.length; length++) {
      const cut = bytes.subarray(0, length);
      expect(firstGap(cut, account(cut))).toBeNull();
    }
  });
});
