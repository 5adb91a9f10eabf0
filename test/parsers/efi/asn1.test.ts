/** What OpenSSL's d2i functions take and refuse: BER, its borders, and how it is written again. */
import { describe, expect, test } from "vitest";
import { concatBytes, toHex } from "../../../parsers/bytes.ts";
import {
  Asn1Reader,
  contextTag,
  encode,
  encodeSetOf,
  mayReadPast,
  optional,
  readAlgorithmIdentifier,
  readAny,
  readBits,
  readExplicit,
  readInteger,
  readObject,
  readSequence,
  readSequenceOf,
  readSetOf,
  readString,
  UNIVERSAL,
} from "../../../parsers/efi/asn1.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { der } from "../../builders/signing.ts";

const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));
const reader = (text: string): Asn1Reader => new Asn1Reader(hex(text));
const octets = (text: string): string => toHex(readString(reader(text), UNIVERSAL.OCTET_STRING));

describe("a length", () => {
  test("may be longer than needed or indefinite", () => {
    expect(octets("04 02 0102")).toBe("0102");
    expect(octets("04 84 00000002 0102")).toBe("0102");
    expect(octets("04 8a 00000000000000000002 0102")).toBe("0102");
    const list = (text: string): number => readSequenceOf(reader(text), readInteger).length;
    expect(list("30 80 020101 020102 0000")).toBe(2);
    expect(() => list("30 80 020101 020102")).toThrow(ParseError);
    expect(() => list("30 05 020101 0000")).toThrow(ParseError);
  });

  test("may not go past the end, nor be indefinite where nothing can be inside", () => {
    for (const text of ["04", "04 03 0102", "04 84 7fffffff 01", "04 80 0000", "04 88 ffffffffffffffff 00"])
      expect(() => octets(text)).toThrow(ParseError);
  });

  test("in its long form wants no byte behind it, of however many bytes it is", () => {
    for (const count of [1, 2, 3, 4, 9, 126]) {
      const form = `05 ${(0x80 | count).toString(16)} ${"00".repeat(count)}`;
      expect(readString(reader(form), UNIVERSAL.NULL)).toHaveLength(0);
      expect(readString(reader(`${form} 00`), UNIVERSAL.NULL)).toHaveLength(0);
      expect(() => readString(reader(form.slice(0, -2)), UNIVERSAL.NULL)).toThrow(ParseError);
    }
  });
});

describe("a string", () => {
  test("may come in pieces of any kind, five levels deep, not six", () => {
    expect(octets("24 07 0401 01 0c02 0203")).toBe("010203");
    expect(octets("24 80 0401 01 24 80 0401 02 0000 0000")).toBe("0102");
    const nested = (levels: number): Uint8Array =>
      levels === 0 ? hex("04 01 07") : der(0x24, nested(levels - 1));
    expect(toHex(readString(new Asn1Reader(nested(6)), UNIVERSAL.OCTET_STRING))).toBe("07");
    expect(() => readString(new Asn1Reader(nested(7)), UNIVERSAL.OCTET_STRING)).toThrow("at most 5 levels");
  });

  test("of bits loses those that are not used", () => {
    expect(toHex(readBits(reader("03 02 04 ff")))).toBe("f0");
    expect(toHex(readAny(reader("03 02 04 ff")).encoded)).toBe("030204f0");
    expect(toHex(readAny(reader("03 01 04")).encoded)).toBe("030100");
    for (const text of ["03 00", "03 02 08 ff"]) expect(() => readBits(reader(text))).toThrow(ParseError);
  });
});

describe("integers and object identifiers", () => {
  test("are taken in their shortest form only", () => {
    for (const text of ["02 01 00", "02 01 ff", "02 02 0080", "02 02 ff7f", "02 03 ff0000"])
      expect(toHex(readInteger(reader(text)))).toBe(text.replaceAll(" ", "").slice(4));
    for (const text of ["02 00", "02 02 0001", "02 02 ff80", "22 03 020101"])
      expect(() => readInteger(reader(text))).toThrow(ParseError);
    expect(readObject(reader("06 03 2a8301"))).toBe("2a8301");
    for (const text of ["06 00", "06 02 2a83", "06 03 2a8001", "06 02 8001", "26 03 06012a"])
      expect(() => readObject(reader(text))).toThrow(ParseError);
  });
});

describe("a structure", () => {
  test("is constructed where it is a SEQUENCE or explicit, and need not be where it is a list", () => {
    const one = (inner: Asn1Reader): string => toHex(readInteger(inner));
    expect(readSequence(reader("30 03 020105"), one)).toBe("05");
    expect(() => readSequence(reader("10 03 020105"), one)).toThrow(ParseError);
    expect(readExplicit(reader("a0 80 020105 0000"), contextTag(0), one)).toBe("05");
    expect(() => readExplicit(reader("80 03 020105"), contextTag(0), one)).toThrow(ParseError);
    expect(() => readExplicit(reader("a0 06 020105 020105"), contextTag(0), one)).toThrow(ParseError);
    expect(readSetOf(reader("11 03 020105"), one)).toEqual(["05"]);
    expect(() => readSequence(reader("30 06 020105 020105"), one)).toThrow(ParseError);
  });

  test("may lack what is optional, told by class and number of the tag alone", () => {
    const read = (text: string): string | null =>
      optional(reader(text), contextTag(1), (inner, tag) => toHex(readInteger(inner, tag)));
    expect(read("81 01 05")).toBe("05");
    expect(read("80 01 05")).toBeNull();
    expect(() => read("a1 03 020105")).toThrow(ParseError);
  });

  test("has at most 30 levels", () => {
    const nested = (levels: number): Uint8Array =>
      levels === 0 ? new Uint8Array(0) : der(0x30, nested(levels - 1));
    const depth = (inner: Asn1Reader): number => (inner.more() ? 1 + readSequence(inner, depth) : 0);
    expect(depth(new Asn1Reader(nested(30)))).toBe(30);
    expect(() => depth(new Asn1Reader(nested(31)))).toThrow("at most 30 levels");
  });

  test("has at most 4096 members", () => {
    const members = (count: number): Uint8Array =>
      der(0x30, concatBytes(new Array<Uint8Array>(count).fill(hex("05 00"))));
    const count = (bytes: Uint8Array): number => readSequenceOf(new Asn1Reader(bytes), readAny).length;
    expect(count(members(PARSER_LIMITS.maxDerElements))).toBe(4096);
    expect(() => count(members(PARSER_LIMITS.maxDerElements + 1))).toThrow("at most 4096 elements");
  });
});

describe("what is written again", () => {
  test("is DER, but for what OpenSSL keeps as it stands", () => {
    expect(toHex(readAny(reader("2c 80 0c01 41 0c01 42 0000")).encoded)).toBe("0c024142");
    const kept = "30 80 0281 01 05 0000";
    expect(toHex(readAny(reader(`${kept} ffff`)).encoded)).toBe(kept.replaceAll(" ", ""));
    expect(toHex(readAny(reader("1f 8100 01 07")).encoded)).toBe("1f81000107");
    const algorithm = readAlgorithmIdentifier(reader("30 80 0681 03 2a0304 0584 00000000 0000"));
    expect(toHex(algorithm.encoded)).toBe("300706032a03040500");
    expect(() => readAlgorithmIdentifier(reader("30 0a 06032a0304 0500 0500 00"))).toThrow(ParseError);
  });

  test("has long lengths and sorted sets", () => {
    expect(toHex(encode(UNIVERSAL.OCTET_STRING, new Uint8Array(300)).subarray(0, 4))).toBe("0482012c");
    expect(toHex(encodeSetOf([hex("0401 02"), hex("0401 01"), hex("0400")]))).toBe(
      "3108" + "0400" + "040101" + "040102",
    );
  });
});

test("only a SEQUENCE that does not end among the bytes that are held makes a decoder read on", () => {
  expect(mayReadPast(hex("30 05 01 02"), 10)).toBe(true);
  expect(mayReadPast(hex("30"), 10)).toBe(true);
  expect(mayReadPast(new Uint8Array(0), 10)).toBe(true);
  expect(mayReadPast(hex("30 80 01 02"), 10)).toBe(true);
  expect(mayReadPast(hex("30 02 01 02"), 10)).toBe(false);
  expect(mayReadPast(hex("30 50 01 02"), 10)).toBe(false);
  expect(mayReadPast(hex("31 05 01 02"), 10)).toBe(false);
});
