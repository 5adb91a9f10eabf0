import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeLatin1,
  decodeUtf8,
  encodeUtf8,
  originalOffset,
  unwrapText,
} from "../../../parsers/text/text-encoding.ts";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("decodeUtf8", () => {
  it("agrees with the platform's decoder on arbitrary bytes", () => {
    const reference = new TextDecoder("utf-8", { ignoreBOM: true });
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc.constantFrom(
        [0xe2, 0x82],
        [0xf0, 0x9f, 0x98, 0x80],
        [0xed, 0xa0, 0x80],
        [0xf4, 0x90, 0x80, 0x80],
        [0x41],
      ),
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const input = Uint8Array.from(parts.flatMap((part) => [...part]));
        expect(decodeUtf8(input)).toBe(reference.decode(input));
      }),
      { numRuns: 2000 },
    );
  });

  it("is fast and whole on a text longer than one call can take", () => {
    expect(decodeUtf8(new Uint8Array(1_000_000).fill(0x41))).toBe("A".repeat(1_000_000));
    expect(decodeUtf8(encodeUtf8("é".repeat(100_000)))).toBe("é".repeat(100_000));
  });
});

describe("encodeUtf8", () => {
  it("agrees with the platform's encoder on any string", () => {
    const reference = new TextEncoder();
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom("", "\ud800", "\udc00x"), (text, lone) => {
        expect([...encodeUtf8(text + lone)]).toEqual([...reference.encode(text + lone)]);
      }),
    );
  });
});

describe("decodeLatin1", () => {
  it("makes one character of each byte", () => {
    expect(decodeLatin1(bytes(0x41, 0xe9, 0xff, 0x00))).toBe("Aéÿ\0");
  });
});

describe("unwrapText", () => {
  it("takes a UTF-8 byte order mark away", () => {
    const layer = unwrapText(bytes(0xef, 0xbb, 0xbf, 0x41));
    expect([...layer.bytes]).toEqual([0x41]);
    expect(originalOffset(layer, 1)).toBe(4);
  });

  it("turns UTF-16 of both byte orders into UTF-8 and maps positions back", () => {
    const little = unwrapText(bytes(0xff, 0xfe, 0x41, 0, 0xe9, 0, 0x3d, 0xd8, 0x00, 0xde));
    expect(decodeUtf8(little.bytes)).toBe("Aé😀");
    const big = unwrapText(bytes(0xfe, 0xff, 0, 0x41, 0, 0x42));
    expect(decodeUtf8(big.bytes)).toBe("AB");
    expect(originalOffset(big, 1)).toBe(4);
  });

  it("recognises UTF-16LE without a mark by its zero bytes", () => {
    const layer = unwrapText(bytes(0x56, 0, 0x6b, 0, 0x46, 0));
    expect(layer.encoding).toBe("utf-16le");
    expect(decodeUtf8(layer.bytes)).toBe("VkF");
    expect(originalOffset(layer, 2)).toBe(4);
  });

  it("leaves other bytes as they are", () => {
    const input = bytes(0x56, 0x41, 0x52, 0x53, 2, 0, 0, 0);
    expect(unwrapText(input)).toEqual({ bytes: input, encoding: "utf-8", markBytes: 0 });
  });
});
