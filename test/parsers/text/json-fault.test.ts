/** Where a text stops being JSON: the same answer on every engine. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { findJsonFault } from "../../../parsers/text/json-fault.ts";

const faultOf = (text: string): unknown => {
  const fault = findJsonFault(new TextEncoder().encode(text));
  return fault === null ? null : [fault.at, fault.expected];
};

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

describe("findJsonFault", () => {
  it.each([
    ["", 0, "a JSON value"],
    ["{", 1, 'a name in double quotes or "}"'],
    ['{"a" 1}', 5, '":"'],
    ['{"a":1,}', 7, "a name in double quotes"],
    ['{"a":1 "b"}', 7, '"," or "}"'],
    ["[1,]", 3, "a JSON value"],
    ["[1 2]", 3, '"," or "]"'],
    ["[1", 2, '"," or "]"'],
    ["[01]", 2, "the end of a number"],
    ["[1.]", 2, "the end of a number"],
    ["nul", 0, "a JSON value"],
    ["{} x", 3, "the end of the JSON text"],
    ['"a\nb"', 2, "no control character in a string"],
    ['"a\\x"', 3, "an escape that JSON knows"],
    ['"\\u12g4"', 5, "four hexadecimal digits"],
    ['["abc', 5, "the end of a string"],
  ])("of %j is byte %i, where it expects %s", (text, at, expected) => {
    expect(faultOf(text)).toEqual([at, expected]);
  });

  it("is none where the engine reads it, and one where it does not", () => {
    const piece = fc.constantFrom(
      ...'{}[],:"\\ \n\t0123456789-+.eEutrn',
      "true",
      "false",
      "null",
      '"a"',
      '"a":',
      "\\u00e9",
      "1.5e3",
      "\u00e9",
      "\u0001",
    );
    const random = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(""));
    const mutated = fc
      .tuple(fc.json(), fc.nat(), piece)
      .map(
        ([text, at, put]) =>
          text.slice(0, at % (text.length + 1)) + put + text.slice((at % (text.length + 1)) + 1),
      );
    fc.assert(
      fc.property(fc.oneof(random, mutated, fc.json()), (text) => {
        expect([text, findJsonFault(new TextEncoder().encode(text)) === null]).toEqual([text, isJson(text)]);
      }),
      { numRuns: 20_000 },
    );
  });

  it("takes time in proportion to the text, whatever its depth", () => {
    expect(findJsonFault(ascii("[".repeat(1_000_000)))?.at).toBe(1_000_000);
    expect(findJsonFault(ascii(`${'{"a":'.repeat(300_000)}1${"}".repeat(300_000)}`))).toBeNull();
    expect(findJsonFault(ascii("1".repeat(5_000_000)))).toBeNull();
  });
});
