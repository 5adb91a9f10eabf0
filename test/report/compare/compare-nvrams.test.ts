import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { buildBlob, openBlob } from "../../../parsers/nvram/varstored-blob.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { compareNvrams, type NvramComparison } from "../../../report/compare/compare-nvrams.ts";
import { mutatedBlob } from "../../arbitraries.ts";
import {
  ANCILLARY,
  bootVariables,
  healthyBlob,
  keyVariables,
  MICROSOFT_OWNER,
  makeBlob,
  makeSignatureVariable,
  makeTime,
  makeVariable,
  sha256List,
} from "../../builders/blob.ts";

function compare(a: Uint8Array, b: Uint8Array): NvramComparison {
  return compareNvrams(openBlob(a), openBlob(b), nodePlatform);
}

const variables = [...bootVariables(), ...keyVariables(MICROSOFT_OWNER, sha256List(MICROSOFT_OWNER, 20))];
const one = (data: Uint8Array): Uint8Array => makeBlob([makeVariable("X", data)]);

describe("two NVRAMs", () => {
  it("are the same in whatever order their variables stand", () => {
    const comparison = compare(makeBlob(variables), makeBlob(variables.toReversed()));
    expect(comparison.isSame).toBe(true);
    expect(comparison.unchanged).toBe(variables.length);
  });

  it("differ by variables that only one of them has", () => {
    const { onlyInA, onlyInB, changed, unchanged } = compare(
      makeBlob([...bootVariables(), makeVariable("Old", Uint8Array.of(1))]),
      makeBlob([makeVariable("New", Uint8Array.of(1)), ...bootVariables()]),
    );
    expect(onlyInA.map(({ name }) => name)).toEqual(["Old"]);
    expect(onlyInB.map(({ name }) => name)).toEqual(["New"]);
    expect([changed, unchanged]).toEqual([[], 3]);
  });

  it("have variables of one name under two GUIDs apart", () => {
    const other = makeVariable("Lang", Uint8Array.of(1), { guid: MICROSOFT_OWNER });
    const { onlyInA, onlyInB } = compare(
      makeBlob([makeVariable("Lang", Uint8Array.of(1))]),
      makeBlob([other]),
    );
    expect([onlyInA.length, onlyInB.length]).toEqual([1, 1]);
  });

  it("pair variables of one name by their number", () => {
    const numbered = (...values: number[]): Uint8Array =>
      makeBlob(values.map((value) => makeVariable("Twice", Uint8Array.of(value))));
    const { changed, onlyInB, unchanged } = compare(numbered(1, 2), numbered(1, 3, 2));
    expect(unchanged).toBe(1);
    expect(changed.map(({ a, b }) => [a.data[0], b.data[0]])).toEqual([[2, 3]]);
    expect(onlyInB.map(({ index }) => index)).toEqual([2]);
  });

  it("tell attributes, time and digest of a variable apart", () => {
    const plain = makeVariable("X", Uint8Array.of(1));
    const { changed } = compare(
      makeBlob([plain]),
      makeBlob([
        {
          ...plain,
          attributes: 0x27,
          timestamp: makeTime(2025, 7, 29),
          certDigest: new Uint8Array(32).fill(1),
        },
      ]),
    );
    expect(changed[0]?.fields.map(({ field, a, b }) => [field, a?.slice(0, 8), b?.slice(0, 8)])).toEqual([
      ["attributes", "7", "39"],
      ["timestamp", "00000000", "e907071d"],
      ["certDigest", "00000000", "01010101"],
    ]);
    expect(changed[0]?.data).toBeNull();
  });

  it.each([
    { title: "a byte in the middle", a: [1, 2, 3], b: [1, 9, 3], at: 1 },
    { title: "the end of the shorter one", a: [1, 2], b: [1, 2, 3], at: 2 },
    { title: "the first byte", a: [1], b: [2, 1], at: 0 },
  ])("name $title as the first that differs", ({ a, b, at }) => {
    const { changed } = compare(one(Uint8Array.from(a)), one(Uint8Array.from(b)));
    expect(changed[0]?.data).toEqual({ firstDifference: at, signatures: null });
  });

  it("compare a dbx signature by signature", () => {
    const withDbx = (data: Uint8Array): Uint8Array => makeBlob([makeSignatureVariable("dbx", data)]);
    const before = sha256List(MICROSOFT_OWNER, 2);
    const { changed } = compare(
      withDbx(before),
      withDbx(concatBytes([before, sha256List(MICROSOFT_OWNER, 1, 2)])),
    );
    expect(changed[0]?.data?.firstDifference).toBe(before.length);
    expect(changed[0]?.data?.signatures?.added.length).toBe(1);
  });

  it("differ by the fields of the header and the ancillary data", () => {
    const a = buildBlob(2, ANCILLARY, []);
    const b = buildBlob(1, null, []);
    expect(compare(a, b).fields.map(({ field, a, b }) => [field, a?.length, b?.length])).toEqual([
      ["version", 1, 1],
      ["mor_key", 16, undefined],
      ["ppi_vdata", 520, undefined],
    ]);
    const changed = ANCILLARY.slice();
    changed[7] = 1;
    expect(compare(a, buildBlob(2, changed, [])).fields).toEqual([
      { field: "mor_key", a: "0000000000000000", b: "0000000000000001" },
    ]);
  });

  it("differ by what stands behind the last variable", () => {
    const bytes = healthyBlob();
    const { fields, isSame } = compare(bytes, concatBytes([bytes, Uint8Array.of(0xab)]));
    expect(fields).toEqual([{ field: "rest", a: "", b: "ab" }]);
    expect(isSame).toBe(false);
  });

  it("are the same as themselves, and different the same way in both directions, whatever they hold", () => {
    fc.assert(
      fc.property(mutatedBlob, mutatedBlob, (a, b) => {
        try {
          expect(compare(a, a).isSame).toBe(true);
          const [forth, back] = [compare(a, b), compare(b, a)];
          expect(back.isSame).toBe(forth.isSame);
          expect(back.onlyInA.length).toBe(forth.onlyInB.length);
          expect(back.changed.length).toBe(forth.changed.length);
        } catch (error) {
          if (!(error instanceof ParseError)) throw error;
        }
      }),
      { numRuns: 150 },
    );
  });
});
