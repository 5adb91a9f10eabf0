import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes } from "../../../parsers/bytes.ts";
import {
  DER_TAG,
  readAlgorithm,
  readElement,
  readElements,
  readOid,
  readTagged,
  SequenceReader,
} from "../../../parsers/efi/der.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { der } from "../../builders/signing.ts";

const SHA256 = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
const oid = der(DER_TAG.OBJECT_IDENTIFIER, Uint8Array.from(SHA256));

describe("an element", () => {
  test("has its content behind lengths of one, two and three bytes", () => {
    for (const length of [0, 127, 128, 255, 256, 1000]) {
      const whole = der(0x04, new Uint8Array(length).fill(7));
      const element = readElement(concatBytes([whole, Uint8Array.of(1, 2, 3)]), 0);
      expect([element.tag, element.content.length, element.whole]).toEqual([0x04, length, whole]);
    }
  });

  test("may have a length that is longer than needed, as OpenSSL takes it", () => {
    expect(readElement(Uint8Array.of(0x04, 0x82, 0, 1, 9), 0).content).toEqual(Uint8Array.of(9));
  });

  test.each([
    [[]],
    [[0x04]],
    [[0x04, 0x02, 0x00]],
    [[0x04, 0x80, 0x00, 0x00]],
    [[0x04, 0x82, 0x00]],
    [[0x04, 0x85, 0, 0, 0, 0, 0]],
    [[0x04, 0x84, 0xff, 0xff, 0xff, 0xff]],
    [[0x1f, 0x01, 0x00]],
  ])("is refused where it is cut, indefinite or huge: %j", (bytes) => {
    expect(() => readElement(Uint8Array.from(bytes), 0)).toThrow(ParseError);
  });
});

describe("a sequence", () => {
  test("is read in its order, optional members or not, to its end", () => {
    const reader = new SequenceReader(concatBytes([der(0x02, Uint8Array.of(5)), oid]));
    expect(reader.optional(0xa0)).toBeNull();
    expect(reader.take(0x02).content).toEqual(Uint8Array.of(5));
    expect(() => reader.finish()).toThrow("expected the end of the sequence");
    expect(() => reader.take(0x02)).toThrow("expected tag 0x2, found 0x6");
    expect(readOid(reader)).toBe("608648016503040201");
    expect(reader.any()).toBeNull();
    reader.finish();
    expect(() => reader.take(0x02)).toThrow("found the end");
  });

  test("may have as many members as the limit, not one more", () => {
    const members = (count: number): Uint8Array => new Uint8Array(2 * count).fill(0);
    expect(readElements(members(PARSER_LIMITS.maxDerElements))).toHaveLength(PARSER_LIMITS.maxDerElements);
    expect(() => readElements(members(PARSER_LIMITS.maxDerElements + 1))).toThrow("at most 4096 elements");
  });
});

describe("an algorithm", () => {
  const algorithm = (...members: readonly Uint8Array[]): string =>
    readAlgorithm(readElement(der(0x30, ...members), 0));

  test("has parameters or none", () => {
    expect(algorithm(oid)).toBe("608648016503040201");
    expect(algorithm(oid, der(0x05))).toBe("608648016503040201");
    expect(algorithm(oid, oid)).toBe("608648016503040201");
  });

  test("is refused with parameters or an identifier that are none", () => {
    expect(() => algorithm(oid, der(0x25))).toThrow("an empty NULL");
    expect(() => algorithm(oid, der(0x05, Uint8Array.of(1)))).toThrow("an empty NULL");
    expect(() => algorithm(oid, der(0x05), der(0x05))).toThrow("the end of the sequence");
    expect(() => algorithm(der(0x06, Uint8Array.of(0x81)))).toThrow("one that is cut");
    expect(() => algorithm(der(0x06))).toThrow("one that is cut");
    expect(() => readAlgorithm(readElement(der(0x31, oid), 0))).toThrow("expected an algorithm");
    expect(() => readTagged(oid, 0x30)).toThrow("expected tag 0x30, found 0x6");
  });
});

test("random bytes give elements that fill them, or a typed error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      try {
        expect(concatBytes(readElements(bytes).map(({ whole }) => whole))).toEqual(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(ParseError);
      }
    }),
  );
});
