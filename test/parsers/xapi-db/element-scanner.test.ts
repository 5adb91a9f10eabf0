import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ascii } from "../../../parsers/bytes.ts";
import { ParseError } from "../../../parsers/errors.ts";
import { PARSER_LIMITS } from "../../../parsers/limits.ts";
import { decodeLatin1, encodeUtf8 } from "../../../parsers/text/text-encoding.ts";
import { ElementScanner } from "../../../parsers/xapi-db/element-scanner.ts";
import { nodePlatform } from "../../../platform/node/platform.ts";

const KEPT = new Set(["a", "b"]);

interface Scan {
  readonly seen: string[];
  readonly error: ParseError | null;
}

function scan(pieces: Iterable<Uint8Array>): Scan {
  const seen: string[] = [];
  const scanner = new ElementScanner(
    {
      start: (name, depth) => {
        seen.push(`${"  ".repeat(depth)}${name}`);
        return KEPT;
      },
      attributes: (values) => {
        for (const [name, value] of values) seen.push(`${name}=${decodeLatin1(value)}`);
      },
    },
    nodePlatform,
  );
  try {
    for (const piece of pieces) scanner.feed(piece);
    scanner.end();
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    return { seen, error };
  }
  return { seen, error: null };
}

const scanText = (text: string): Scan => scan([encodeUtf8(text)]);
const codeOf = (text: string): string | undefined => scanText(text).error?.code;

const DOCUMENT = `\u{feff}<?xml version='1.0'?>
<!-- a > b --><database><row a="1" c="not kept" b='it "is"' a="second"/><table a = "x" >
<row b="&lt;%."></row ></table></database>
`;

describe("ElementScanner", () => {
  it("tells elements and the attributes that are asked for, each the first time", () => {
    expect(scanText(DOCUMENT)).toEqual({
      seen: ["database", "  row", "a=1", 'b=it "is"', "  table", "a=x", "    row", "b=&lt;%."],
      error: null,
    });
  });

  it("finds the same however the document is cut into pieces", () => {
    const bytes = encodeUtf8(DOCUMENT);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 30 }), (cuts) => {
        const ends = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
        const pieces = ends.slice(1).map((end, i) => bytes.subarray(ends[i], end));
        expect(scan(pieces)).toEqual(scanText(DOCUMENT));
      }),
      { numRuns: 200 },
    );
    expect(scan(Array.from(bytes, (_, i) => bytes.subarray(i, i + 1)))).toEqual(scanText(DOCUMENT));
  });

  it("says where a document was cut, wherever that is", () => {
    const end = DOCUMENT.trimEnd().length;
    for (let length = 0; length < end; length++) {
      const { error } = scanText(DOCUMENT.slice(0, length));
      expect(error?.code).toBe("truncated");
    }
  });

  it.each([
    ["text between elements", "<a>text</a>", "bad-structure"],
    ["an end that belongs to another element", "<a><b></a></b>", "bad-structure"],
    ["an end without a start", "</a>", "bad-structure"],
    ["a second root", "<a/><b/>", "bad-structure"],
    ["an attribute without quotes", "<a b=1/>", "bad-structure"],
    ["an attribute without a value", "<a b/>", "bad-structure"],
    ["a tag without a name", "<a>< /a>", "bad-structure"],
    ["a document type", '<!DOCTYPE a [<!ENTITY b "c">]><a/>', "dtd-refused"],
    ["a CDATA section", "<a><![CDATA[x]]></a>", "dtd-refused"],
  ])("refuses %s", (_, text, code) => {
    expect(codeOf(text)).toBe(code);
  });

  it("reads or refuses any bytes at all, and never keeps reading", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."<>/?!-='\" \nab&"), maxLength: 60 }), (text) => {
        scanText(`<a>${text}`);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("ElementScanner and its limits", () => {
  const { maxXapiDbAttributeBytes, maxXapiDbAttributes, maxXapiDbDepth, maxXapiDbElements } = PARSER_LIMITS;

  it.each([
    [0, undefined],
    [1, "over-limit"],
  ])("takes the longest attribute with %i bytes more", (more, code) => {
    for (const name of ["a", "other"])
      expect(codeOf(`<row ${name}="${"x".repeat(maxXapiDbAttributeBytes + more)}"/>`)).toBe(code);
  });

  it.each([
    [0, undefined],
    [1, "over-limit"],
  ])("takes as many attributes as may be and %i more", (more, code) => {
    const attributes = Array.from({ length: maxXapiDbAttributes + more }, (_, i) => `c${i}=""`);
    expect(codeOf(`<row ${attributes.join(" ")}/>`)).toBe(code);
  });

  it.each([
    [0, undefined],
    [1, "over-limit"],
  ])("takes the deepest nesting and %i more", (more, code) => {
    const depth = maxXapiDbDepth + more;
    expect(codeOf("<a>".repeat(depth) + "</a>".repeat(depth))).toBe(code);
  });

  it.each([
    [0, undefined],
    [1, "over-limit"],
  ])("takes as many elements as may be and %i more", (more, code) => {
    const perPiece = 4096;
    const piece = ascii("<r/>".repeat(perPiece));
    function* pieces(): Generator<Uint8Array> {
      yield ascii("<d>");
      let left = maxXapiDbElements - 1 + more;
      for (; left >= perPiece; left -= perPiece) yield piece;
      yield ascii(`${"<r/>".repeat(left)}</d>`);
    }
    let seen = 0;
    const start = (): ReadonlySet<string> => {
      seen++;
      return KEPT;
    };
    const scanner = new ElementScanner({ start, attributes: () => {} }, nodePlatform);
    const read = () => {
      for (const one of pieces()) scanner.feed(one);
      scanner.end();
    };
    if (code === undefined) read();
    else expect(read).toThrow(/at most 4194304 elements/);
    expect(seen).toBe(maxXapiDbElements);
  });

  it("refuses a name longer than any column's, in one piece or many", () => {
    expect(codeOf(`<${"n".repeat(256)}/>`)).toBeUndefined();
    expect(codeOf(`<${"n".repeat(257)}/>`)).toBe("over-limit");
    const long = ascii(`<${"n".repeat(10_000)}`);
    expect(scan(Array.from(long, (_, i) => long.subarray(i, i + 1))).error?.code).toBe("over-limit");
  });

  it("stops at 10^6 attributes and at tags that never end", () => {
    expect(codeOf(`<row${' c=""'.repeat(1_000_000)}/>`)).toBe("over-limit");
    expect(codeOf("<".repeat(1_000_000))).toBe("bad-structure");
    expect(codeOf("<a>".repeat(1_000_000))).toBe("over-limit");
  });
});
