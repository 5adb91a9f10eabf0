import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ParseError } from "../../../parsers/errors.ts";
import { JsonElementScanner } from "../../../parsers/text/json-elements.ts";
import { decodeUtf8, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";

const LIMITS = { bytes: 10_000, depth: 20 };

/** Names and texts of what is given, in order. */
function scan(text: string, pieceBytes = 7, limits = LIMITS): (readonly [string, unknown])[] {
  const found: (readonly [string, unknown])[] = [];
  const scanner = new JsonElementScanner("inputs", limits, (name, object) => {
    found.push([name, JSON.parse(decodeUtf8(object))]);
  });
  const bytes = encodeUtf8(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) scanner.feed(bytes.subarray(at, at + pieceBytes));
  scanner.end();
  return found;
}

function codeOf(run: () => unknown): string {
  try {
    run();
    return "none";
  } catch (error) {
    if (error instanceof ParseError) return error.code;
    throw error;
  }
}

describe("the objects of an array of a JSON document", () => {
  it("come one by one, with the objects that stand beside the array", () => {
    const text =
      '{"tool": {"name": "x"}, "n": 1, "other": [[1], {"a": 2}], "inputs": [{"a": {}}, {"b": "]}"}], "z": {}}';
    expect(scan(text)).toEqual([
      ["tool", { name: "x" }],
      ["inputs", { a: {} }],
      ["inputs", { b: "]}" }],
      ["z", {}],
    ]);
  });

  it("are the same in pieces of any size, whatever they hold, and however they are laid out", () => {
    const element = fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 });
    fc.assert(
      fc.property(
        fc.array(element, { maxLength: 4 }),
        fc.integer({ min: 1, max: 40 }),
        fc.constantFrom(0, 2),
        (inputs, pieceBytes, indent) => {
          const text = JSON.stringify({ tool: { inputs: [] }, inputs, last: null }, null, indent);
          const limits = { bytes: 1 << 20, depth: 64 };
          const found = scan(text, pieceBytes, limits).filter(([name]) => name === "inputs");
          expect(found).toEqual(inputs.map((one) => ["inputs", JSON.parse(JSON.stringify(one))]));
        },
      ),
      { numRuns: 300 },
    );
  });

  it("are no array's of that name further in", () => {
    expect(scan('{"a": {"inputs": [{}]}, "inputs": []}')).toEqual([["a", { inputs: [{}] }]]);
  });

  it.each([
    '{"inputs": [1]}',
    '{"inputs": ["a"]}',
    '{"inputs": [[]]}',
    "[]",
    "1",
    "{}{}",
    '{"inputs": []} x',
  ])("cannot be had of %s", (text) => {
    expect(codeOf(() => scan(text))).toBe("bad-structure");
  });

  it("cannot be had of a document that is cut anywhere", () => {
    const text = '{"tool": {"a": "\\"}"}, "inputs": [{"a": [1]}, {}]}';
    for (let length = 0; length < text.length; length++)
      expect(codeOf(() => scan(text.slice(0, length)))).toBe("truncated");
  });

  it("are limited in length", () => {
    const text = (bytes: number): string => `{"inputs": [{"a":"${"x".repeat(bytes - '{"a":""}'.length)}"}]}`;
    for (const piece of [3, 1000]) {
      expect(codeOf(() => scan(text(100), piece, { bytes: 100, depth: 9 }))).toBe("none");
      expect(codeOf(() => scan(text(101), piece, { bytes: 100, depth: 9 }))).toBe("over-limit");
    }
  });

  it("are limited in depth", () => {
    const text = (depth: number): string => `{"inputs": ${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    const nested = (depth: number): string =>
      `{"inputs": [{"a": ${"[".repeat(depth - 3)}${"]".repeat(depth - 3)}}]}`;
    expect(codeOf(() => scan(nested(10), 5, { bytes: 1000, depth: 10 }))).toBe("none");
    expect(codeOf(() => scan(nested(11), 5, { bytes: 1000, depth: 10 }))).toBe("over-limit");
    expect(codeOf(() => scan(text(100_000), 4096))).toBe("bad-structure");
  });
});
