import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import { applySplices, type Splice, Splicer } from "../../../parsers/text/splice.ts";

const SOURCE = Uint8Array.from({ length: 20 }, (_, i) => i);

/** Splices that do not overlap, in any order. */
const splices = fc
  .array(
    fc.record({
      skip: fc.nat(3),
      length: fc.integer({ min: 1, max: 3 }),
      bytes: fc.uint8Array({ maxLength: 4 }),
    }),
    {
      maxLength: 3,
    },
  )
  .map((parts) => {
    let at = 0;
    return parts.map(({ skip, length, bytes }): Splice => {
      const start = at + skip;
      at = start + length;
      return { start, end: at, bytes };
    });
  });

describe("splices", () => {
  it("replace their ranges and leave the rest, whatever the pieces of the source", () => {
    fc.assert(
      fc.property(splices, fc.integer({ min: 1, max: 21 }), (edits, pieceBytes) => {
        let expected = new Uint8Array(0);
        let at = 0;
        for (const { start, end, bytes } of edits) {
          expected = concatBytes([expected, SOURCE.subarray(at, start), bytes]) as typeof expected;
          at = end;
        }
        expected = concatBytes([expected, SOURCE.subarray(at)]) as typeof expected;
        expect(applySplices(SOURCE, edits)).toEqual(expected);
        const splicer = new Splicer(edits.toReversed());
        const out: Uint8Array[] = [];
        for (let from = 0; from < SOURCE.length; from += pieceBytes)
          out.push(...splicer.push(SOURCE.subarray(from, from + pieceBytes)));
        expect(concatBytes([...out, ...splicer.finish()])).toEqual(expected);
      }),
    );
  });

  it("may insert at the very end", () => {
    const bytes = Uint8Array.of(9);
    expect(applySplices(SOURCE, [{ start: 20, end: 20, bytes }])).toEqual(concatBytes([SOURCE, bytes]));
  });

  it("must not overlap, nor reach beyond the source", () => {
    const bytes = new Uint8Array(0);
    const overlapping = [
      { start: 1, end: 5, bytes },
      { start: 4, end: 6, bytes },
    ];
    expect(() => applySplices(SOURCE, overlapping)).toThrow(TypeError);
    expect(() => applySplices(SOURCE, [{ start: 19, end: 21, bytes }])).toThrow(RangeError);
    expect(() => applySplices(SOURCE, [{ start: 30, end: 31, bytes }])).toThrow(RangeError);
  });
});
