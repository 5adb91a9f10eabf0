import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clip, jsonText, printable } from "../../../report/render/printable.ts";

const HOSTILE: readonly (readonly [string, string])[] = [
  ["\u001b[2J\u001b]0;owned\u0007", "\\x1b[2J\\x1b]0;owned\\x07"],
  ["a\nb\r\tc", "a\\nb\\r\\tc"],
  ["\u009b31m", "\\x9b31m"],
  ["\u007f\b", "\\x7f\\x08"],
  ["abc\u202egnp.exe", "abc\\u{202e}gnp.exe"],
  ["\u2066x\u2069", "\\u{2066}x\\u{2069}"],
  ["a\u200bb\ufeff", "a\\u{200b}b\\u{feff}"],
  ["line\u2028break\u2029", "line\\u{2028}break\\u{2029}"],
  ["\ud800x", "\\u{d800}x"],
  ["\u{e0041}", "\\u{e0041}"],
];
/** What a terminal obeys or hides, but for the newlines between lines. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u;

describe("printable text", () => {
  it.each(HOSTILE)("%j is spelt out", (text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  it("leaves names of people and places alone", () => {
    for (const name of ["Büro-Server 2", "サーバー", "naïve — “x”", "dbx", "🖥️ host".replace("\ufe0f", "")])
      expect(printable(name)).toBe(name);
  });

  it("has nothing in it that a terminal obeys, whatever goes in", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(printable(text)).not.toMatch(DANGEROUS);
      }),
    );
  });
});

describe("JSON for a terminal or a file", () => {
  it("means what went in, and has nothing in it that a terminal obeys", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.constantFrom(0, 2), (text, indent) => {
        const value = { [text]: [text, 1, null] };
        const written = jsonText(value, indent);
        expect(JSON.parse(written)).toEqual(value);
        expect(written.replaceAll("\n", "")).not.toMatch(DANGEROUS);
      }),
    );
  });
});

describe("a clipped text", () => {
  it("keeps both ends and never splits a character", () => {
    expect(clip("abcdefgh", 8)).toBe("abcdefgh");
    expect(clip("abcdefghi", 8)).toBe("abcd…ghi");
    expect(clip("😀😀😀😀😀", 3)).toBe("😀…😀");
  });
});
