/** Small XML is read as a tree, and only where it is small: each limit at n and n + 1. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { readSmallXml } from "../../../parsers/text/small-xml.ts";
import { encodeUtf8 } from "../../../parsers/text/text-encoding.ts";

const read = (text: string) => readSmallXml(encodeUtf8(text));

function codeOf(text: string): string {
  try {
    read(text);
    return "read";
  } catch (error) {
    if (error instanceof ParseError) return error.code;
    throw error;
  }
}

describe("small XML", () => {
  it("is a tree of namespaces, names, attributes and texts", () => {
    const root = read(
      '<?xml version="1.0" encoding="utf-16"?><!-- <x> --><a:r xmlns:a="urn:a" xmlns="urn:b" k="1&amp;2" a:l="&lt;"><c>t<![CDATA[<&]]>u</c><c/><a:d>&#228;</a:d></a:r>',
    );
    expect([root.namespace, root.name, root.attributes.get("k"), root.attributes.get("l")]).toEqual([
      "urn:a",
      "r",
      "1&2",
      "<",
    ]);
    expect(root.children.get("c")?.map(({ namespace, text }) => [namespace, text])).toEqual([
      ["urn:b", "t<&u"],
      ["urn:b", ""],
    ]);
    expect(root.children.get("d")?.[0]?.text).toBe("ä");
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "length", "_", "x.y"])(
    "takes an element and an attribute called %s for what they are",
    (name) => {
      const root = read(`<r ${name}="v"><${name}>t</${name}><${name}>u</${name}></r>`);
      expect(root.children.get(name)?.map(({ text }) => text)).toEqual(["t", "u"]);
      // sax loses an attribute of that one name, which nobody asks for.
      if (name !== "__proto__") expect(root.attributes.get(name)).toBe("v");
      expect(({} as Record<string, unknown>)["v"]).toBeUndefined();
    },
  );

  it.each([
    ["an entity of its own", '<!DOCTYPE r [<!ENTITY a "b">]><r>&a;</r>', "dtd-refused"],
    [
      "a billion laughs",
      '<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><r>&b;</r>',
      "dtd-refused",
    ],
    ["an entity that nobody defines", "<r>&nobody;</r>", "bad-structure"],
    ["two roots", "<r/><r/>", "bad-structure"],
    ["an end that does not fit", "<r><a></b></r>", "bad-structure"],
    ["a prefix that nobody declares", "<a:r/>", "bad-structure"],
    ["no quotes", "<r a=b/>", "bad-structure"],
    ["nothing but text", "text", "bad-structure"],
    ["a cut element", "<r><a>", "truncated"],
    ["a cut tag", "<r><a", "truncated"],
    ["a cut attribute", '<r><a b="', "truncated"],
    ["a cut comment", "<r><!-- a", "truncated"],
    ["a cut section", "<r><![CDATA[ a", "truncated"],
  ])("is refused with %s", (_, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it.each([
    ["maxSmallXmlElements", (n: number) => `<r>${"<a/>".repeat(n - 1)}</r>`],
    ["maxSmallXmlTagBytes", (n: number) => `<r a="${"x".repeat(n - 9)}"/>`],
    ["maxSmallXmlDepth", (n: number) => `${"<a>".repeat(n)}${"</a>".repeat(n)}`],
    [
      "maxSmallXmlAttributesPerElement",
      (n: number) => `<r ${Array.from({ length: n }, (_, i) => `a${i}=""`).join(" ")}/>`,
    ],
    [
      "maxSmallXmlAttributes",
      (n: number) => {
        const element = `<a ${Array.from({ length: 128 }, (_, i) => `a${i}=""`).join(" ")}/>`;
        return `<r>${element.repeat(Math.floor(n / 128))}<b ${Array.from({ length: n % 128 }, (_, i) => `a${i}=""`).join(" ")}/></r>`;
      },
    ],
  ] as const)("has %s, and not one more", (limit, make) => {
    expect(codeOf(make(PARSER_LIMITS[limit]))).toBe("read");
    expect(codeOf(make(PARSER_LIMITS[limit] + 1))).toBe("over-limit");
  });

  it("never fails in another way", () => {
    const part = fc.constantFrom(
      "<a>",
      "</a>",
      "<b c='d'>",
      "<!--",
      "-->",
      "<![CDATA[",
      "]]>",
      "<?x",
      "?>",
      "&",
      ";",
      "<",
      ">",
      '"',
      "=",
      "x",
      "\u0000",
      "<a:b/>",
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 30 }), (parts) => {
        expect(["read", "bad-structure", "truncated", "dtd-refused", "over-limit"]).toContain(
          codeOf(parts.join("")),
        );
      }),
      { numRuns: 2000 },
    );
  });
});
