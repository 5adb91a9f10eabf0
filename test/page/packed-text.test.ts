import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { packedText, unpackedText } from "../../page/packed-text.ts";

describe("packed text", () => {
  it("gives back any bytes, and ends no script element", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const text = packedText(bytes);
        expect(text).toMatch(/^[^<&\s]*$/);
        expect(text.length).toBe(5 * Math.ceil(bytes.length / 4));
        expect(unpackedText(text, bytes.length)).toEqual(bytes);
      }),
    );
    const largest = new Uint8Array(8).fill(255);
    expect(unpackedText(packedText(largest), 8)).toEqual(largest);
  });
});
