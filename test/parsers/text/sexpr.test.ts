import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { parseMap, parseSexpr, plainMap } from "../../../parsers/text/sexpr.ts";
import { decodeUtf8, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";
import { sexprMap } from "../../builders/ova-xml.ts";

function errorOf(read: () => unknown): ParseError {
  try {
    read();
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
  throw new Error("no error was thrown");
}

describe("parseSexpr", () => {
  it("reads lists, both kinds of quotes, symbols and comments", () => {
    expect(parseSexpr(`(a 'b c' "d'e" () (f) ; a comment ) (\n g)`)).toEqual([
      "a",
      "b c",
      "d'e",
      [],
      ["f"],
      "g",
    ]);
    expect(parseSexpr(" 'x' ; the end")).toBe("x");
  });

  it("takes the character after a backslash for itself", () => {
    expect(parseSexpr(String.raw`('it\'s' 'a\\b' "\"" '\n')`)).toEqual(["it's", "a\\b", '"', "n"]);
  });

  it.each([
    ["", "truncated"],
    ["(a (b)", "truncated"],
    ["('a", "truncated"],
    ["('a\\", "truncated"],
    ["a)", "bad-structure"],
    [")", "bad-structure"],
    ["(a) b", "bad-structure"],
  ])("refuses %j as %s", (text, code) => {
    expect(errorOf(() => parseSexpr(text)).code).toBe(code);
  });

  it("takes as many strings and lists as the limit says, and no more", () => {
    const { maxSexprParts } = PARSER_LIMITS;
    const set = (parts: number): string => `(${"() a ".repeat((parts - 1) / 2)})`;
    expect(parseSexpr(set(maxSexprParts - 1))).toHaveLength(maxSexprParts - 2);
    expect(parseSexpr(`(b ${set(maxSexprParts - 1).slice(1)}`)).toHaveLength(maxSexprParts - 1);
    expect(errorOf(() => parseSexpr(set(maxSexprParts + 1)))).toMatchObject({ code: "over-limit" });
  });

  it("reads lists as deep as the limit and refuses deeper ones", () => {
    const nested = (depth: number): string => "(".repeat(depth) + ")".repeat(depth);
    expect(parseSexpr(nested(PARSER_LIMITS.maxSexprDepth))).toBeInstanceOf(Array);
    expect(errorOf(() => parseSexpr(nested(PARSER_LIMITS.maxSexprDepth + 1)))).toMatchObject({
      code: "over-limit",
      offset: PARSER_LIMITS.maxSexprDepth,
    });
    expect(errorOf(() => parseSexpr("(".repeat(1_000_000))).code).toBe("over-limit");
  });

  it("takes time in proportion to the text, not to its square", () => {
    const value = `${"A".repeat(300_000)}${"\\'".repeat(300_000)}`;
    expect(parseMap(`(('k' '${value}'))`).get("k")).toHaveLength(600_000);
    expect(parseSexpr(`(${"a;\n".repeat(60_000)}${" ".repeat(1_000_000)})`)).toHaveLength(60_000);
  });

  it("gives a value or a ParseError for any text", () => {
    const unit = fc.constantFrom("(", ")", "'", '"', "\\", ";", "\n", " ", "a", "é");
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        try {
          parseSexpr(text);
        } catch (error) {
          expect(error).toBeInstanceOf(ParseError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("parseMap", () => {
  it("reads a map within a map, as snapshot_metadata holds it", () => {
    const inner = sexprMap({ "EFI-variables": "VkFSUw==", "it's": "a\\b" });
    const outer = parseMap(sexprMap({ uuid: "x", NVRAM: inner, name__label: 'my "vm"' }));
    expect([...outer.keys()]).toEqual(["uuid", "NVRAM", "name__label"]);
    expect([...parseMap(outer.get("NVRAM") ?? "")]).toEqual([
      ["EFI-variables", "VkFSUw=="],
      ["it's", "a\\b"],
    ]);
  });

  it("gives back any map of strings", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.string()), (entries) => {
        expect([...parseMap(sexprMap(entries))]).toEqual(Object.entries(entries));
      }),
    );
  });

  it("passes over what is no pair, and keeps the first of equal keys", () => {
    expect([...parseMap("(a (b) ('k' '1') ('k' '2') ('x' ('y')) ('p' 'q' 'r'))")]).toEqual([["k", "1"]]);
  });

  it("refuses a text that is no list", () => {
    expect(errorOf(() => parseMap("abc")).code).toBe("bad-structure");
  });
});

describe("plainMap", () => {
  const read = (text: string): Map<string, string> | null => {
    const map = plainMap(encodeUtf8(text), nodePlatform);
    return map === null ? null : new Map([...map].map(([key, value]) => [key, decodeUtf8(value)]));
  };

  it("reads what xapi writes of a map as parseMap does", () => {
    const pairs = fc.array(fc.tuple(fc.string(), fc.string({ unit: "grapheme" })), { maxLength: 5 });
    fc.assert(
      fc.property(pairs, (entries) => {
        const text = sexprMap(Object.fromEntries(entries));
        const map = read(text);
        if (map === null) expect(text).toContain("\\");
        else expect(map).toEqual(parseMap(text));
      }),
    );
    expect(read("(('a' 'b') ('a' 'c') ('d' ''))")).toEqual(
      new Map([
        ["a", "b"],
        ["d", ""],
      ]),
    );
    expect(read("()")).toEqual(new Map());
  });

  it.each([
    "",
    "'a'",
    "(",
    "(('a' 'b')",
    "(('a' 'b')) ",
    "( ('a' 'b'))",
    "(('a' 'b')('c' 'd'))",
    "(('a' 'b' 'c'))",
    "(('a'))",
    "((a 'b'))",
    "(('a' \"b\"))",
    "(('a' 'b\\'c'))",
    "(('a' 'b",
    "(('a' 'b') ('c)",
  ])("leaves %j to parseMap", (text) => {
    expect(read(text)).toBeNull();
  });

  it("takes 256 pairs at most", () => {
    const map = (count: number): string =>
      `(${Array.from({ length: count }, (_, i) => `('${i}' 'v')`).join(" ")})`;
    expect(read(map(256))?.size).toBe(256);
    expect(read(map(257))).toBeNull();
  });
});
