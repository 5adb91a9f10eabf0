import fc from "fast-check";
import { expect, it } from "vitest";
import { guidBytes, readGuid } from "../../../parsers/efi/guid.ts";
import { CACHE_LIMITS } from "../../../parsers/limits.ts";

/** Straight from the specification: three little-endian numbers, then bytes. */
function textOf(bytes: Uint8Array): string {
  const hex = (...order: readonly number[]): string =>
    order.map((at) => bytes[at]!.toString(16).padStart(2, "0")).join("");
  return [hex(3, 2, 1, 0), hex(5, 4), hex(7, 6), hex(8, 9), hex(10, 11, 12, 13, 14, 15)].join("-");
}

it("gives the text of every GUID, whichever were read before it", () => {
  const few = fc.uint8Array({ minLength: 16, maxLength: 16, max: 3 });
  const any = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(fc.array(fc.oneof(few, any), { maxLength: 2 * CACHE_LIMITS.guids }), (guids) => {
      for (const bytes of [...guids, ...guids]) {
        expect(readGuid(bytes, 0)).toBe(textOf(bytes));
        expect(guidBytes(readGuid(bytes, 0))).toEqual(bytes);
      }
    }),
  );
});

it("gives the text of zeros, with which a place that holds nothing must not be confused", () => {
  expect(readGuid(new Uint8Array(20), 4)).toBe("00000000-0000-0000-0000-000000000000");
});

it("remembers a number of texts that is a power of two", () => {
  expect(Math.log2(CACHE_LIMITS.guids) % 1).toBe(0);
});
